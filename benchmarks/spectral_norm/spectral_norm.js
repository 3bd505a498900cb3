// Approximates the spectral norm of an infinite matrix by the power method; prints it times 10^9.
function element(i, j) {
  const ij = i + j;
  return 1 / ((ij * (ij + 1)) / 2 + i + 1);
}

function multiply(n, v, out) {
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += element(i, j) * v[j];
    out[i] = sum;
  }
}

function multiplyTransposed(n, v, out) {
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += element(j, i) * v[j];
    out[i] = sum;
  }
}

function run(n) {
  const u = new Array(n).fill(1);
  const v = new Array(n).fill(0);
  const w = new Array(n).fill(0);
  for (let turn = 0; turn < 10; turn++) {
    multiply(n, u, w);
    multiplyTransposed(n, w, v);
    multiply(n, v, w);
    multiplyTransposed(n, w, u);
  }
  let uv = 0;
  let vv = 0;
  for (let i = 0; i < n; i++) {
    uv += u[i] * v[i];
    vv += v[i] * v[i];
  }
  return Math.floor(Math.sqrt(uv / vv) * 1e9 + 0.5);
}

console.log(run(Number(process.argv[2])));
