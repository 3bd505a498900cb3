fn 5
