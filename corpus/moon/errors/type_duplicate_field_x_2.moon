struct P { x: Int, x: Int }
