let a: Int = [];
