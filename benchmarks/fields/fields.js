// SIZE steps of a ball in a box: reading and updating the fields of a record.
function main(steps) {
  const ball = { x: 10, y: 20, vx: 7, vy: -5, bounces: 0 };
  for (let step = 0; step < steps; step++) {
    ball.x += ball.vx;
    ball.y += ball.vy;
    if (ball.x < 0 || ball.x > 1000) {
      ball.vx = -ball.vx;
      ball.bounces += 1;
    }
    if (ball.y < 0 || ball.y > 800) {
      ball.vy = -ball.vy;
      ball.bounces += 1;
    }
  }
  return `${ball.x} ${ball.y} ${ball.bounces}`;
}
console.log(main(Number(process.argv[2])));
