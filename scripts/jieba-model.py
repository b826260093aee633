#!/usr/bin/env python3
"""Puts the dictionary and the model of an installed jieba into a folder, as Martlet's ChineseSegmenter reads them.

    pip install jieba==0.42.1
    python scripts/jieba-model.py FOLDER

writes FOLDER/dict.txt, the words (ChineseDictionary), and FOLDER/model.json, the hidden Markov model of words that are not
among them (UnknownWordModel), and prints their paths.
"""

import argparse
import json
import pathlib
import shutil

import jieba
from jieba import finalseg


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=pathlib.Path, help="made where it is not there")
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    with jieba.get_dict_file() as words, open(folder / "dict.txt", "wb") as copy:
        shutil.copyfileobj(words, copy)
    model = {
        "start": finalseg.start_P,
        "transition": finalseg.trans_P,
        "emission": finalseg.emit_P,
    }
    text = json.dumps(model, ensure_ascii=False, separators=(",", ":"))
    (folder / "model.json").write_text(text + "\n", encoding="utf-8")
    print(folder / "dict.txt")
    print(folder / "model.json")


if __name__ == "__main__":
    main()
