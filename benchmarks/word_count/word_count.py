# SIZE times: splits a generated text of 20,000 words, counts the words in a dictionary, sorts them.
import sys


def vocabulary():
    words = []
    for a in ["ba", "ce", "di", "fo", "gu", "ka", "le", "mi"]:
        for b in ["na", "pe", "ri", "so", "tu"]:
            for c in ["vax", "wel", "xis", "yon", "zur"]:
                words.append(a + b + c)
    return words


def generate(n):
    words = vocabulary()
    pieces = []
    seed = 42
    for _ in range(n):
        seed = (seed * 1309 + 13849) % 65536
        pieces.append(words[seed % len(words)])
    return " ".join(pieces)


def count_words(text):
    counts = {}
    for word in text.split(" "):
        if word in counts:
            counts[word] = counts[word] + 1
        else:
            counts[word] = 1
    check = 0
    place = 0
    for word in sorted(counts):
        place += 1
        check = (check * 31 + place * counts[word] + len(word)) % 1000003
    return check


def main(turns):
    text = generate(20000)
    expected = count_words(text)
    for _ in range(turns):
        if count_words(text) != expected:
            return "wrong result"
    return expected


print(main(int(sys.argv[1])))
