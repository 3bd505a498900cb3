// Approximates the spectral norm of an infinite matrix by the power method; prints it times 10^9.
fn element(i: Int, j: Int) -> Float {
  let ij = i + j;
  1.0 / float(ij * (ij + 1) / 2 + i + 1)
}

fn multiply(n: Int, v: Array<Float>, out: Array<Float>) -> Unit {
  for i in 0..n {
    let sum = 0.0;
    for j in 0..n { sum += element(i, j) * v[j]; }
    out[i] = sum;
  }
}

fn multiply_transposed(n: Int, v: Array<Float>, out: Array<Float>) -> Unit {
  for i in 0..n {
    let sum = 0.0;
    for j in 0..n { sum += element(j, i) * v[j]; }
    out[i] = sum;
  }
}

fn run(n: Int) -> Int {
  let u = array(n, 1.0);
  let v = array(n, 0.0);
  let w = array(n, 0.0);
  for turn in 0..10 {
    multiply(n, u, w);
    multiply_transposed(n, w, v);
    multiply(n, v, w);
    multiply_transposed(n, w, u);
  }
  let uv = 0.0;
  let vv = 0.0;
  for i in 0..n {
    uv += u[i] * v[i];
    vv += v[i] * v[i];
  }
  int(floor(sqrt(uv / vv) * 1e9 + 0.5))
}

run(unwrap(parse_int(args()[0])))
