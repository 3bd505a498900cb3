let x: Int? = 3;
x + 1
