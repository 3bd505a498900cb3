let x = { let a = [1]; [a, a] };
x[0]
