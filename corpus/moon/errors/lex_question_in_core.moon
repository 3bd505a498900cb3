let a: Int? = 1;
