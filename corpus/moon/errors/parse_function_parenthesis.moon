fn f { 1 }
