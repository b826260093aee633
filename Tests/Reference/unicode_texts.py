"""Writes what Python's str and unicodedata make of texts, for the tests of MartletText's Unicode.

Run by hand, `python Tests/Reference/unicode_texts.py [FOLDER]`; FOLDER has sentiment/*.csv. Results are
compared by FNV-1a hashes of their UTF-8, so that the file is small.
"""

import json
import pathlib
import platform
import sys
import unicodedata

FORMS = {
    "NFC": lambda s: unicodedata.normalize("NFC", s),
    "NFD": lambda s: unicodedata.normalize("NFD", s),
    "NFKC": lambda s: unicodedata.normalize("NFKC", s),
    "NFKD": lambda s: unicodedata.normalize("NFKD", s),
    "lowercased": str.lower,
    "caseFolded": str.casefold,
    "withoutAccents": lambda s: unicodedata.normalize(
        "NFC",
        "".join(c for c in unicodedata.normalize("NFD", s) if unicodedata.category(c) != "Mn"),
    ),
}
SLICE = 4096


def fnv(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


def assigned(first):
    return [
        chr(c)
        for c in range(first, first + SLICE)
        if unicodedata.category(chr(c)) not in ("Cn", "Cs")
    ]


class Draws:
    """A linear congruential generator, the same in the test."""

    def __init__(self):
        self.state = 1

    def next(self, below):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % below


def interesting():
    """Characters that the forms change or that combine with others, thinned out."""
    chars = [
        chr(c)
        for c in range(0x110000)
        if not 0xD800 <= c < 0xE000
        and unicodedata.category(chr(c)) != "Cn"
        and (
            unicodedata.combining(chr(c))
            or any(form(chr(c)) != chr(c) for form in FORMS.values())
            or 0x1160 <= c < 0x1200
        )
    ]
    marks = [c for c in chars if unicodedata.combining(c)][::4]
    return marks + chars[::30] + list("aeiouAEIOUcnsΣσ'. \u0338\u0327\u0301")


def strings(chars, count):
    draws = Draws()
    return [
        "".join(chars[draws.next(len(chars))] for _ in range(1 + draws.next(8)))
        for _ in range(count)
    ]


def main():
    slices = {}
    for first in range(0, 0x110000, SLICE):
        chars = assigned(first)
        # Private characters, which nothing changes, are left out.
        if chars and unicodedata.category(chars[-1]) != "Co":
            slices[f"{first:x}"] = {
                name: fnv("".join(form(c) + "\n" for c in chars)) for name, form in FORMS.items()
            }
    chars = interesting()
    texts = strings(chars, 20000)
    result = {
        "program": f"Python {platform.python_version()}, Unicode {unicodedata.unidata_version}",
        "slices": slices,
        "characters": [ord(c) for c in chars],
        "strings": {
            name: fnv("".join(form(t) + "\n" for t in texts)) for name, form in FORMS.items()
        },
        "files": {},
    }
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "sentiment") / "sentiment"
    for path in sorted(folder.glob("*.csv")):
        text = path.read_bytes().decode("utf-8")
        result["files"][path.name] = {name: fnv(form(text)) for name, form in FORMS.items()}
    fixtures = pathlib.Path(__file__).parents[1] / "MartletTextTests" / "Fixtures"
    with open(fixtures / "unicode.json", "w", encoding="ascii") as file:
        json.dump(result, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
