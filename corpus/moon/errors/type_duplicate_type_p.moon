struct P { x: Int }
struct P { y: Int }
