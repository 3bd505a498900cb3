let first = [1, 2];
let second = #{ k: [3] };
second
