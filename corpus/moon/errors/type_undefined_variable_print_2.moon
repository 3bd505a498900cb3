let a = [1];
let b = #{ k: a };
print(1);
