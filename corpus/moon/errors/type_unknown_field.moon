struct P { x: Int }
P#{ z: 1 }
