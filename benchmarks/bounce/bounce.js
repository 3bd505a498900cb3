// SIZE simulations of 100 balls bouncing in a box for 50 steps; prints the bounces of one.
class Random {
  constructor() {
    this.seed = 74755;
  }

  next() {
    this.seed = (this.seed * 1309 + 13849) % 65536;
    return this.seed;
  }
}

class Ball {
  constructor(random) {
    this.x = random.next() % 500;
    this.y = random.next() % 500;
    this.xVelocity = random.next() % 300 - 150;
    this.yVelocity = random.next() % 300 - 150;
  }

  // Moves the ball by one step; true if it met a wall.
  bounce() {
    let bounced = false;
    this.x += this.xVelocity;
    this.y += this.yVelocity;
    if (this.x > 500) {
      this.x = 500;
      this.xVelocity = -Math.abs(this.xVelocity);
      bounced = true;
    }
    if (this.x < 0) {
      this.x = 0;
      this.xVelocity = Math.abs(this.xVelocity);
      bounced = true;
    }
    if (this.y > 500) {
      this.y = 500;
      this.yVelocity = -Math.abs(this.yVelocity);
      bounced = true;
    }
    if (this.y < 0) {
      this.y = 0;
      this.yVelocity = Math.abs(this.yVelocity);
      bounced = true;
    }
    return bounced;
  }
}

function simulate() {
  const random = new Random();
  const balls = [];
  for (let i = 0; i < 100; i++) balls.push(new Ball(random));
  let bounces = 0;
  for (let step = 0; step < 50; step++) {
    for (const ball of balls) {
      if (ball.bounce()) bounces += 1;
    }
  }
  return bounces;
}

function main(n) {
  let result = 0;
  for (let i = 0; i < n; i++) {
    result = simulate();
    if (result !== 1331) throw new Error("wrong result");
  }
  console.log(result);
}
main(Number(process.argv[2]));
