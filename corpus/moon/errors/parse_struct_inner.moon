{ struct P { x: Int } }
