fn f() { 1 }
