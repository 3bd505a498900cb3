struct P { x: Int }
P#{ x: 1 }
