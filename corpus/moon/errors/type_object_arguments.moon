let a: Object<Int, Int> = #{ a: 1 };
