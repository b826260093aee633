"""Writes where ICU, called by PyICU on UTF-16, cuts texts into words and sentences, for the tests of MartletText.

Run by hand, `python Tests/Reference/word_breaks.py [FOLDER]`, with PyICU installed; FOLDER has sentiment/*.csv.
"""

import json
import pathlib
import sys

import icu

TEXTS = [
    "Can't we go at 3.5 km/h? 👩‍👩‍👧 naïve e\u0301tude U.S.A. don’t... a_b 50% $3 x@y.com",
    "我喜欢北京，这家酒店的服务非常好！早餐一般。",
    "このホテルは駅から近くて便利でした。スタッフも親切です。",
    "โรงแรมนี้อยู่ใกล้สถานีและสะดวกมาก",
    "호텔의 위치가 아주 좋고 방도 깨끗합니다.",
    "Mr. Smith went. \"Why?\" he asked. (Because.) 3.5 is it… Да. Нет!",
    "مرحبا بالعالم. שלום עולם!",
    "a\r\nb\n\n c\t\u3000d\0e",
]
SEPARATOR = "\u241e"


def fnv(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


def cut(iterator, text):
    string = icu.UnicodeString(text)
    iterator.setText(string)
    pieces, start = [], 0
    for end in iterator:
        pieces.append(str(string[start:end]))
        start = end
    return pieces


def main():
    words = icu.BreakIterator.createWordInstance(icu.Locale.getRoot())
    sentences = icu.BreakIterator.createSentenceInstance(icu.Locale.getRoot())
    result = {
        "program": f"PyICU {icu.VERSION}, ICU {icu.ICU_VERSION}",
        "texts": [
            {"text": text, "words": cut(words, text), "sentences": cut(sentences, text)}
            for text in TEXTS
        ],
        "files": {},
    }
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".") / "sentiment"
    for path in sorted(folder.glob("*.csv")):
        text = path.read_bytes().decode("utf-8")
        result["files"][path.name] = {
            "words": fnv(SEPARATOR.join(cut(words, text))),
            "sentences": fnv(SEPARATOR.join(cut(sentences, text))),
        }
    fixtures = pathlib.Path(__file__).parents[1] / "MartletTextTests" / "Fixtures"
    with open(fixtures / "breaks.json", "w", encoding="utf-8") as file:
        json.dump(result, file, ensure_ascii=False, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
