struct P { x: Int }
let p = P#{ x: 1 };
p.z
