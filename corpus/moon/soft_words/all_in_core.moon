let while = 3; let for = while + 1; let struct = [for]; let import = 2; let break = 1; let continue = 4;
struct[0] + import + break + continue
