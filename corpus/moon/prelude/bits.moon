print(bit_and(12, 10)); print(bit_or(12, 10)); print(bit_xor(12, 10)); print(bit_not(5)); print(shl(1, 65)); print(shr(-8, 1)); print(ushr(-1, 60)); print(shl(1, 63)); print(shl(1, -1));
let f = bit_and; print(f(7, 3)); print([shl]);
