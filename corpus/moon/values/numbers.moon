let x = 0x1F + 1_0;
print(x); print(1.5e3); print(2E-2); print(1e-7); print(123456789.125); print([1.0, -0.5]); print(0.1 + 0.7);
print(int(9.99)); print(float(9007199254740993)); print(5.0 / 3.0);
