for i in 0..true { }
