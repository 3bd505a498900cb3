let line = [0, 0, 0];
let shared = [line, line];
let fresh = [[0, 0, 0], [0, 0, 0]];
shared[0][2] = 4; fresh[0][2] = 4;
shared[1][2] * 10 + fresh[1][2]
