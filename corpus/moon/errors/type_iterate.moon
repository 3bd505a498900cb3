for i in 3 { }
