struct P { x: Int }
P#{ x: 1, x: 2 }
