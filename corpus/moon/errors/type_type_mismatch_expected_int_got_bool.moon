let x: Int = true;
