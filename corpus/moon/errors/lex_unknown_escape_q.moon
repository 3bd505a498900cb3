let t = "a\q";
