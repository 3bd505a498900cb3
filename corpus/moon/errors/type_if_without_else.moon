if true { 1 }
