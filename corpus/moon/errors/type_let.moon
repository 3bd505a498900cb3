let a: Int = true;
