# SIZE simulations of 100 balls bouncing in a box for 50 steps; prints the bounces of one.
import sys


class Random:
    def __init__(self):
        self.seed = 74755

    def next(self):
        self.seed = (self.seed * 1309 + 13849) % 65536
        return self.seed


class Ball:
    def __init__(self, random):
        self.x = random.next() % 500
        self.y = random.next() % 500
        self.x_velocity = random.next() % 300 - 150
        self.y_velocity = random.next() % 300 - 150

    def bounce(self):
        """Moves the ball by one step; true if it met a wall."""
        bounced = False
        self.x += self.x_velocity
        self.y += self.y_velocity
        if self.x > 500:
            self.x = 500
            self.x_velocity = -abs(self.x_velocity)
            bounced = True
        if self.x < 0:
            self.x = 0
            self.x_velocity = abs(self.x_velocity)
            bounced = True
        if self.y > 500:
            self.y = 500
            self.y_velocity = -abs(self.y_velocity)
            bounced = True
        if self.y < 0:
            self.y = 0
            self.y_velocity = abs(self.y_velocity)
            bounced = True
        return bounced


def simulate():
    random = Random()
    balls = [Ball(random) for _ in range(100)]
    bounces = 0
    for _ in range(50):
        for ball in balls:
            if ball.bounce():
                bounces += 1
    return bounces


def main(n):
    result = 0
    for _ in range(n):
        result = simulate()
        if result != 1331:
            sys.exit("wrong result")
    print(result)


main(int(sys.argv[1]))
