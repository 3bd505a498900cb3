let x = if true { print("a"); };
print(x);
