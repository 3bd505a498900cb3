// SIZE times: splits a generated text of 20,000 words, counts the words in a dictionary, sorts them.
fn vocabulary() -> Array<String> {
  let words: Array<String> = [];
  for a in ["ba", "ce", "di", "fo", "gu", "ka", "le", "mi"] {
    for b in ["na", "pe", "ri", "so", "tu"] {
      for c in ["vax", "wel", "xis", "yon", "zur"] { push(words, a + b + c); }
    }
  }
  words
}
fn generate(n: Int) -> String {
  let words = vocabulary();
  let pieces: Array<String> = [];
  let seed = 42;
  for i in 0..n {
    seed = (seed * 1309 + 13849) % 65536;
    push(pieces, words[seed % len(words)]);
  }
  join(pieces, " ")
}
fn count_words(text: String) -> Int {
  let counts: Object<Int> = #{};
  for word in split(text, " ") {
    if has(counts, word) { counts[word] = counts[word] + 1; } else { counts[word] = 1; }
  }
  let words = keys(counts);
  sort(words);
  let check = 0;
  let place = 0;
  for word in words {
    place += 1;
    check = (check * 31 + place * counts[word] + len(word)) % 1000003;
  }
  check
}
fn run(turns: Int) -> String {
  let text = generate(20000);
  let expected = count_words(text);
  for turn in 0..turns {
    if count_words(text) != expected { return "wrong result"; }
  }
  str(expected)
}
run(unwrap(parse_int(args()[0])))
