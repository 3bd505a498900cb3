// SIZE simulations of 100 balls bouncing in a box for 50 steps; prints the bounces of one.
struct Random { seed: Int }

fn next(random: Random) -> Int {
  random.seed = (random.seed * 1309 + 13849) % 65536;
  random.seed
}

struct Ball { x: Int, y: Int, x_velocity: Int, y_velocity: Int }

fn new_ball(random: Random) -> Ball {
  Ball#{
    x: next(random) % 500,
    y: next(random) % 500,
    x_velocity: next(random) % 300 - 150,
    y_velocity: next(random) % 300 - 150,
  }
}

// Moves the ball by one step; true if it met a wall.
fn bounce(ball: Ball) -> Bool {
  let bounced = false;
  ball.x += ball.x_velocity;
  ball.y += ball.y_velocity;
  if ball.x > 500 {
    ball.x = 500;
    ball.x_velocity = -abs(ball.x_velocity);
    bounced = true;
  }
  if ball.x < 0 {
    ball.x = 0;
    ball.x_velocity = abs(ball.x_velocity);
    bounced = true;
  }
  if ball.y > 500 {
    ball.y = 500;
    ball.y_velocity = -abs(ball.y_velocity);
    bounced = true;
  }
  if ball.y < 0 {
    ball.y = 0;
    ball.y_velocity = abs(ball.y_velocity);
    bounced = true;
  }
  bounced
}

fn simulate() -> Int {
  let random = Random#{ seed: 74755 };
  let balls: Array<Ball> = [];
  for i in 0..100 { push(balls, new_ball(random)); }
  let bounces = 0;
  for step in 0..50 {
    for ball in balls {
      if bounce(ball) { bounces += 1; }
    }
  }
  bounces
}

fn run(n: Int) -> Int {
  let result = 0;
  for i in 0..n {
    result = simulate();
    if result != 1331 { panic("wrong result"); }
  }
  result
}
run(unwrap(parse_int(args()[0])))
