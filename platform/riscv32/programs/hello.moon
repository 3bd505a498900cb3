let x = 3 + 4;
print(x);
print("Hello, recorz!");
