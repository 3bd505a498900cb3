fn churn(n: Int) -> Int { let t = [n, n]; gc(); t[1] }
let keep = { let mine = [40]; fn() -> Int { gc(); mine[0] } };
let pending = [[2]][0][churn(0)] + keep();
pending
