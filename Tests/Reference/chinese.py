"""What jieba makes of texts with a small invented dictionary and model, for the segmenter of Chinese.

Run by hand with jieba 0.42.1: `python Tests/Reference/chinese.py`. It writes the dictionary, a user's words and the model as
well. Their numbers are few and round, so that ways through a text are often equally probable and ties are tried.
"""

import json
import logging
import os
import random
import tempfile

FOLDER = os.path.join(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "MartletTextTests", "Fixtures"
)
# Characters that texts are made of; the last ones are in neither the dictionary nor the model, or at the ends of what both may know.
COMMON = "的一是了我不人在他有这个上们来到时大地为子中你说生国年着就那和要她出也得里后自以会家可下而过天去能对小多"
RARE = "\u4e00\u9fd5龘靐齉爩"
LATIN = ["a", "b", "Z", "9", "0", "12", "3.14", "50%", "c++", "AT&T", "x-y", "_", "-", ".", "..", "%", "#", "&", "+", "v2.0", "1.5.2%"]
OTHER = [" ", "  ", "\t", "\n", "\r\n", "\r", "\r\r\n", "\u3000", "\u00a0", "\u2028", "\u0085", "\x1c", "\0", "，", "。", "！", "《", "》",
         "…", "!", "?", "@", "*", "/", "é", "e\u0301", "\u9fd6", "\u4dff", "ａ", "Ｂ", "３", "％", "．", "\ufeff", "\u200d", "😀", "👨\u200d👩\u200d👧",
         "🇨🇳", "\U00020000", "\U0010ffff", "ß", "かな", "한국", "x\u0301", "٣"]  # fmt: skip
KNOWN_LATIN = ["c++", "AT&T", "b超", "a", "x-y", "3.14", "大b", "12天"]
FREQUENCIES = [0, 1, 2, 2, 4, 8, 8, 16, 64, 1024]


def dictionary(draw):
    words = [*KNOWN_LATIN, "\U00020000中", "é中"]
    for length in [1] * 60 + [2] * 260 + [3] * 100 + [4] * 40 + [9] * 2:
        words.append("".join(draw.choice(COMMON) for _ in range(length)))
    lines = [f"{word} {draw.choice(FREQUENCIES)}{draw.choice(['', ' n', ' v x'])}" for word in words]
    return lines + [f"{words[30]} 3", f"  {words[31]} 5  "]


def model(draw):
    def number():
        return -draw.randrange(1, 12) / 2

    impossible = -3.14e100
    return {
        "start": {"B": -0.5, "E": impossible, "M": impossible, "S": -1.0},
        "transition": {
            "B": {"E": -0.5, "M": -1.0}, "E": {"B": -0.5, "S": -1.0},
            "M": {"E": -0.5, "M": -1.0}, "S": {"B": -0.5, "S": -0.5},
        },
        "emission": {
            state: {character: number() for character in COMMON if draw.random() < 0.8}
            for state in "BMES"
        },
    }  # fmt: skip


def texts(draw, words):
    characters = list(COMMON)
    found = ["", " ", "\0", "\r\n", "中" * 300, "a" * 300, "中a" * 150, "-%.+" * 20, "大" + "\ufeff" * 3]
    for index in range(400):
        kinds = [characters, characters, words, list(RARE), LATIN, OTHER]
        weights = [[6, 2, 4, 0, 0, 0], [6, 2, 4, 1, 2, 2], [2, 1, 2, 1, 6, 2], [1, 1, 1, 1, 1, 6]][index % 4]
        pieces = draw.choices(kinds, weights, k=draw.randrange(1, 40))
        found.append("".join(draw.choice(kind) for kind in pieces))
    return found


def cut(tokenizer, texts):
    """The lengths of all tokens in bytes of UTF-8, with the model and without."""
    def lengths(text, hmm):
        return [len(word.encode()) for word in tokenizer.cut(text, HMM=hmm)]

    return {
        "texts": texts,
        "model": [lengths(text, True) for text in texts],
        "plain": [lengths(text, False) for text in texts],
    }  # fmt: skip


def user_lines(draw, words):
    def word(length):
        return "".join(draw.choice(COMMON) for _ in range(length))

    lines = ["\ufeff云中大地 7 n", "", "  \t", "你说 0", "两个 词 12 ab", "name", "b 超 nz", "5 5", "x 3x", "ABC 3 N"]
    lines += [word(draw.randrange(2, 5)) for _ in range(30)]
    lines += [f"{word(draw.randrange(2, 4))} {draw.choice(FREQUENCIES)} n" for _ in range(20)]
    lines += [f"{word(2)} nr" for _ in range(5)] + [f"{draw.choice(words)} 0" for _ in range(10)]
    lines += [draw.choice(words) for _ in range(10)] + ["大，小 3", "大，小", "中 国", "\U00020000大 2", "龘靐", "9.5折", "a" * 255]
    return lines


def operations(draw, tokenizer, words):
    """Words added and frequencies asked for one after the other, with what jieba says to each."""
    def word(length):
        return "".join(draw.choice(COMMON) for _ in range(length))

    steps = []
    for index in range(60):
        text = draw.choice(words) if index % 3 == 0 else word(draw.randrange(1, 5))
        if index % 10 == 7:
            text = draw.choice(["大，小", "a b", "新news", "😀中", "龘靐齉", "é", "3.14"])
        place = draw.randrange(len(text))
        parts = [part for part in (text[:place], text[place:]) if part]
        step = {
            "parts": parts, "joining": tokenizer.suggest_freq(text),
            "separating": tokenizer.suggest_freq(tuple(parts)),
        }  # fmt: skip
        step["add"] = [None, 0, 5, step["separating"], step["joining"]][index % 5]
        tokenizer.add_word(text, step["add"])
        steps.append(step)
    return steps


def write():
    import jieba
    from jieba import finalseg

    jieba.setLogLevel(logging.ERROR)
    draw = random.Random(20)
    lines = dictionary(draw)
    words = [line.split(" ")[0] for line in lines[:-1]]
    numbers = model(draw)
    finalseg.start_P, finalseg.trans_P = numbers["start"], numbers["transition"]
    finalseg.emit_P = numbers["emission"]

    def put(name, text):
        path = os.path.join(FOLDER, name)
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        return path

    def put_json(name, value):
        return put(name, json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")

    path = put("chinese-dictionary.txt", "\n".join(lines) + "\r\n")
    user = put("chinese-user.txt", "\n".join(user_lines(draw, words)))
    put_json("chinese-model.json", numbers)
    with tempfile.TemporaryDirectory() as cache:
        def fresh():
            finalseg.Force_Split_Words.clear()
            tokenizer = jieba.Tokenizer(path)
            tokenizer.tmp_dir = cache
            return tokenizer

        some = texts(draw, words)
        result = {"program": f"jieba {jieba.__version__}", "cuts": cut(fresh(), some)}
        tokenizer = fresh()
        tokenizer.load_userdict(user)
        result["user"] = {
            "total": tokenizer.total, "cuts": cut(tokenizer, texts(draw, words)[::4])
        }  # fmt: skip
        tokenizer = fresh()
        steps = operations(draw, tokenizer, words)
        result["operations"] = {
            "steps": steps, "total": tokenizer.total,
            "cuts": cut(tokenizer, texts(draw, words)[::4]),
        }  # fmt: skip
    put_json("chinese.json", result)


if __name__ == "__main__":
    write()
