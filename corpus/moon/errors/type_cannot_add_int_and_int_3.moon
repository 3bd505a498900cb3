let n: Int? = 5;
n += 1;
