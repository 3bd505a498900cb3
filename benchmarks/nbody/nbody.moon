// SIZE steps of a simulation of the sun and four planets; prints the energy in units of 1e-9.
struct Body { x: Float, y: Float, z: Float, vx: Float, vy: Float, vz: Float, mass: Float }

fn solar_mass() -> Float { 4.0 * 3.141592653589793 * 3.141592653589793 }

// A body with a velocity per day and a mass in suns.
fn new_body(x: Float, y: Float, z: Float, vx: Float, vy: Float, vz: Float, mass: Float) -> Body {
  let days_per_year = 365.24;
  Body#{
    x: x,
    y: y,
    z: z,
    vx: vx * days_per_year,
    vy: vy * days_per_year,
    vz: vz * days_per_year,
    mass: mass * solar_mass(),
  }
}

// Gives the first body the momentum that brings the sum of all to zero.
fn offset_momentum(bodies: Array<Body>) -> Unit {
  let px = 0.0;
  let py = 0.0;
  let pz = 0.0;
  for b in bodies {
    px += b.vx * b.mass;
    py += b.vy * b.mass;
    pz += b.vz * b.mass;
  }
  let sun = bodies[0];
  sun.vx = -px / solar_mass();
  sun.vy = -py / solar_mass();
  sun.vz = -pz / solar_mass();
}

fn advance(bodies: Array<Body>, dt: Float) -> Unit {
  let n = len(bodies);
  for i in 0..n {
    let a = bodies[i];
    for j in i + 1..n {
      let b = bodies[j];
      let dx = a.x - b.x;
      let dy = a.y - b.y;
      let dz = a.z - b.z;
      let squared = dx * dx + dy * dy + dz * dz;
      let mag = dt / (squared * sqrt(squared));
      a.vx -= dx * b.mass * mag;
      a.vy -= dy * b.mass * mag;
      a.vz -= dz * b.mass * mag;
      b.vx += dx * a.mass * mag;
      b.vy += dy * a.mass * mag;
      b.vz += dz * a.mass * mag;
    }
  }
  for b in bodies {
    b.x += dt * b.vx;
    b.y += dt * b.vy;
    b.z += dt * b.vz;
  }
}

fn energy(bodies: Array<Body>) -> Float {
  let e = 0.0;
  let n = len(bodies);
  for i in 0..n {
    let a = bodies[i];
    e += 0.5 * a.mass * (a.vx * a.vx + a.vy * a.vy + a.vz * a.vz);
    for j in i + 1..n {
      let b = bodies[j];
      let dx = a.x - b.x;
      let dy = a.y - b.y;
      let dz = a.z - b.z;
      e -= a.mass * b.mass / sqrt(dx * dx + dy * dy + dz * dz);
    }
  }
  e
}

fn run(steps: Int) -> Int {
  let bodies = [
    new_body(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0), // sun
    new_body(4.84143144246472090, -1.16032004402742839, -0.103622044471123109, 0.00166007664274403694, 0.00769901118419740425, -0.0000690460016972063023, 0.000954791938424326609), // jupiter
    new_body(8.34336671824457987, 4.12479856412430479, -0.403523417114321381, -0.00276742510726411021, 0.00499852801234917238, 0.0000230417297573763929, 0.000285885980666130812), // saturn
    new_body(12.8943695621391310, -15.1111514016986312, -0.223307578892655734, 0.00296460137564761618, 0.00237847173959480950, -0.0000296589568540237556, 0.0000436624404335156298), // uranus
    new_body(15.3796971148509165, -25.9193146099879641, 0.179258772950371181, 0.00268067772490389322, 0.00162824170038242295, -0.0000951592254519715870, 0.0000515138902046611451), // neptune
  ];
  offset_momentum(bodies);
  for i in 0..steps { advance(bodies, 0.01); }
  int(floor(energy(bodies) * 1e9))
}
run(unwrap(parse_int(args()[0])))
