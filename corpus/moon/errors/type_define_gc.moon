fn gc() -> Unit { }
