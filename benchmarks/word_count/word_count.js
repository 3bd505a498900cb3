// SIZE times: splits a generated text of 20,000 words, counts the words in a dictionary, sorts them.
function vocabulary() {
  const words = [];
  for (const a of ["ba", "ce", "di", "fo", "gu", "ka", "le", "mi"]) {
    for (const b of ["na", "pe", "ri", "so", "tu"]) {
      for (const c of ["vax", "wel", "xis", "yon", "zur"]) words.push(a + b + c);
    }
  }
  return words;
}
function generate(n) {
  const words = vocabulary();
  const pieces = [];
  let seed = 42;
  for (let i = 0; i < n; i++) {
    seed = (seed * 1309 + 13849) % 65536;
    pieces.push(words[seed % words.length]);
  }
  return pieces.join(" ");
}
function countWords(text) {
  const counts = new Map();
  for (const word of text.split(" ")) {
    if (counts.has(word)) counts.set(word, counts.get(word) + 1);
    else counts.set(word, 1);
  }
  let check = 0;
  let place = 0;
  for (const word of [...counts.keys()].sort()) {
    place += 1;
    check = (check * 31 + place * counts.get(word) + word.length) % 1000003;
  }
  return check;
}
function main(turns) {
  const text = generate(20000);
  const expected = countWords(text);
  for (let turn = 0; turn < turns; turn++) {
    if (countWords(text) !== expected) return "wrong result";
  }
  return expected;
}
console.log(main(Number(process.argv[2])));
