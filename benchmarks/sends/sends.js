// SIZE turns over an array of two types of objects: two method calls each.
class Square {
  constructor(side) {
    this.side = side;
  }
  scaled(k) {
    return this.side * k;
  }
  area(k) {
    return this.scaled(k) * this.side;
  }
}

class Rectangle {
  constructor(width, height) {
    this.width = width;
    this.height = height;
  }
  scaled(k) {
    return this.width * k;
  }
  area(k) {
    return this.scaled(k) * this.height;
  }
}

function main(turns) {
  const shapes = [];
  for (let i = 0; i < 10; i++) shapes.push(i % 2 === 0 ? new Square(i) : new Rectangle(i, i + 1));
  let total = 0;
  for (let turn = 0; turn < turns; turn++) total = (total + shapes[turn % 10].area(turn % 5)) % 1000003;
  return total;
}
console.log(main(Number(process.argv[2])));
