struct P { x: Int }
P#{ x: true }
