fn f() -> Unit { 5 }
