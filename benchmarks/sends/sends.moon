// SIZE turns over an array of two types of objects: two method calls each. A method is a field with a function.
struct Shape { width: Int, height: Int, scaled: fn(Shape, Int) -> Int, area: fn(Shape, Int) -> Int }
fn square_scaled(self: Shape, k: Int) -> Int { self.width * k }
fn square_area(self: Shape, k: Int) -> Int { self.scaled(self, k) * self.width }
fn rectangle_scaled(self: Shape, k: Int) -> Int { self.width * k }
fn rectangle_area(self: Shape, k: Int) -> Int { self.scaled(self, k) * self.height }
fn square(side: Int) -> Shape { Shape#{ width: side, height: side, scaled: square_scaled, area: square_area } }
fn rectangle(width: Int, height: Int) -> Shape {
  Shape#{ width: width, height: height, scaled: rectangle_scaled, area: rectangle_area }
}
fn run(turns: Int) -> Int {
  let shapes: Array<Shape> = [];
  for i in 0..10 {
    if i % 2 == 0 { push(shapes, square(i)); } else { push(shapes, rectangle(i, i + 1)); }
  }
  let total = 0;
  for turn in 0..turns {
    let shape = shapes[turn % 10];
    total = (total + shape.area(shape, turn % 5)) % 1000003;
  }
  total
}
run(unwrap(parse_int(args()[0])))
