print(1.0); print(0.1 + 0.2); print(1e16); print(1e15); print(123456789012345680.0); print(1e-5); print(1e-6); print(-0.0); print(1.0/0.0); print(0.0/0.0); print(-1.0/0.0);
print(5.5 % 2.0); print(-5.5 % 2.0); print(2e9); print(6.02e-23); print(1_000.5); print(0xff); print(0xffffffffffffffff); print(1_000_000);
print(0.0 == -0.0); print(0.0/0.0 == 0.0/0.0); print(9999999999999998.0); print(1.5e300); print(float(3)); print(int(-3.9));
print(round(2.5)); print(round(-2.5)); print(floor(-1.5)); print(sqrt(2.0)); print(min(1.0, 0.0/0.0)); print(max(3, 4)); print(abs(-9223372036854775807 - 1));
