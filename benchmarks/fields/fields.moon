// SIZE steps of a ball in a box: reading and updating the fields of a record.
struct Ball { x: Int, y: Int, vx: Int, vy: Int, bounces: Int }
fn run(steps: Int) -> String {
  let ball = Ball#{ x: 10, y: 20, vx: 7, vy: -5, bounces: 0 };
  for step in 0..steps {
    ball.x += ball.vx;
    ball.y += ball.vy;
    if ball.x < 0 || ball.x > 1000 {
      ball.vx = -ball.vx;
      ball.bounces += 1;
    }
    if ball.y < 0 || ball.y > 800 {
      ball.vy = -ball.vy;
      ball.bounces += 1;
    }
  }
  str(ball.x) + " " + str(ball.y) + " " + str(ball.bounces)
}
run(unwrap(parse_int(args()[0])))
