let first = [1, 2];
let second = #{ k: [3] };
let third = fn() -> Int { 1 };
struct S { v: Array<Int> }
let s = S#{ v: [1] };
let c = copy(first);
third
