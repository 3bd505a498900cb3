struct P { x: Int, y: Int }
P#{ x: 1, y: "s" }
