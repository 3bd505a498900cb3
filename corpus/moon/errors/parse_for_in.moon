for i of [1] { }
