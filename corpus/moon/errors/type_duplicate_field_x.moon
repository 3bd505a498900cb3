struct P { x: Int, y: Int }
P#{ x: 1, y: 1, x: 2 }
