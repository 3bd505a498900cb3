# SIZE steps of a ball in a box: reading and updating the fields of a record.
import sys


class Ball:
    def __init__(self):
        self.x = 10
        self.y = 20
        self.vx = 7
        self.vy = -5
        self.bounces = 0


def main(steps):
    ball = Ball()
    for _ in range(steps):
        ball.x += ball.vx
        ball.y += ball.vy
        if ball.x < 0 or ball.x > 1000:
            ball.vx = -ball.vx
            ball.bounces += 1
        if ball.y < 0 or ball.y > 800:
            ball.vy = -ball.vy
            ball.bounces += 1
    return f"{ball.x} {ball.y} {ball.bounces}"


print(main(int(sys.argv[1])))
