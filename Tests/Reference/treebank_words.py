"""Writes how NLTK's TreebankWordTokenizer cuts sentences, for the tests of MartletText's EnglishTokenizer.

Run by hand, `python Tests/Reference/treebank_words.py`, with nltk installed.
"""

import json
import pathlib
import random

import nltk
from nltk.tokenize import TreebankWordTokenizer

WRITTEN = [
    "They'll save and invest more.",
    "hi, my name can't hello,",
    "I cannot believe it's not butter!",
    "Don't you think that we're gonna be late, John?",
    'He said, "I wanna go (now)."',
    '"Where?" she asked; nobody answered...',
    "The dogs' bones weren't there -- they'd been moved.",
    "It cost $3.88 (roughly 3,36 euros), or 5% less than Mr. Smith's.",
    "At 10:30 we met: he, she & I.",
    "'Tis the season; 'twas lovely.",
    "Mail me @home #1!!",
    "Rock 'n' roll isn't dead, y'all.",
    "She'd've known who'll's coming.",
    "The U.S. economy grew 2.5% in the 1990's.",
    "I SHOULDN'T SHOUT, SHE'LL SAY.",
    "Lemme see: gimme that, you gotta have more'n one!",
    "[Well] {then} <so> what?!",
    "A state-of-the-art, twenty-one-year-old idea---really.",
    "Wait.... what?",
    "No dots here",
    "café's crème brûlée isn't bad, naïve soul.",
    "Prices rose from 1,000 to 10,000,000 in J. R. Hartley's time, e.g. here.",
]
WORDS = """the movie was great he's they've I'm won't can't it's don't shouldn't cannot gonna wanna gotta
she'd we'll you're John's dogs' 3.14 1,234 12:45 U.S. Mr. e.g. 'tis well-known rock'n'roll $5 50% #tag
@name A&B 1990s café naïve 中文 isn't SHE'S DON'T gimme lemme d'ye more'n o'clock 'quoted ain't""".split()
AFTER = [""] * 12 + [",", ";", ":", "!", "?", "...", " --", "?!", "!!", ")", '"', "'", '",', "),"]
BEFORE = [""] * 14 + ["(", '"', "[", '("', "<"]


def main():
    draw = random.Random(5)
    sentences = list(WRITTEN)
    for _ in range(400):
        words = [
            draw.choice(BEFORE) + draw.choice(WORDS) + draw.choice(AFTER)
            for _ in range(draw.randrange(1, 10))
        ]
        sentences.append(" ".join(words) + draw.choice(["", ".", "!", '."', ".)"]))
    cut = TreebankWordTokenizer().tokenize
    result = {
        "program": f"nltk {nltk.__version__}, TreebankWordTokenizer",
        "sentences": [[text, cut(text)] for text in sentences],
    }
    fixtures = pathlib.Path(__file__).parents[1] / "MartletTextTests" / "Fixtures"
    with open(fixtures / "treebank.json", "w", encoding="utf-8") as file:
        json.dump(result, file, ensure_ascii=False)
        file.write("\n")


if __name__ == "__main__":
    main()
