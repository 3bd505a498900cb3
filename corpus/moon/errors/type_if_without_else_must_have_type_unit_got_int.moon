if true { 2 }
