#!/usr/bin/env python3
"""Writes docs/from-pytorch.md from examples/course: its text, its code and what it prints.

usage: course.py PROGRAM      writes the page, running the built program for the output
       course.py --check      fails unless the page has the text and the code of the source
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCE = ROOT / "examples/course/main.swift"
PAGE = ROOT / "docs/from-pytorch.md"
HEAD = """# From PyTorch to Martlet

The course that teaches PyTorch - tensors, autograd, an operation of one's own, linear regression, a classifier, an LSTM,
saving and loading - in Martlet. Every line is part of [examples/course](../examples/course/main.swift), a program that the
tests compile and run (`swift run -c release course`), and what stands under it was printed by it. What PyTorch
calls each thing, and how many cases compare the two, is in [coverage.md](coverage.md).

A package that uses Martlet imports what it needs:

```swift
{imports}
```
"""


def sections():
    """The imports, and for each section its title, text and code."""
    source = SOURCE.read_text(encoding="utf-8")
    before, *parts = re.split(r'^title\("(.*)"\)\n', source, flags=re.MULTILINE)
    imports = "\n".join(line for line in before.split("\n") if line.startswith("import "))
    found = []
    for title, body in zip(parts[::2], parts[1::2]):
        lines = body.strip("\n").split("\n")
        count = next(i for i, line in enumerate(lines) if not line.startswith("//"))
        text = "\n".join(line[3:] for line in lines[:count])
        found.append((title, text, "\n".join(lines[count:])))
    return imports, found


def output(program):
    """What the program prints, by section."""
    printed = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    parts = re.split(r"^## (.*)\n", printed, flags=re.MULTILINE)
    return {title: text.strip("\n") for title, text in zip(parts[1::2], parts[2::2])}


def main(argument):
    imports, found = sections()
    if argument == "--check":
        page = PAGE.read_text(encoding="utf-8")
        stale = [title for title, text, code in found if text not in page or code not in page]
        for title in stale:
            print(
                f"docs/from-pytorch.md: {title} is not that of {SOURCE.relative_to(ROOT)}: run course.py",
                file=sys.stderr,
            )
        return 1 if stale else 0
    printed = output(argument)
    pages = [HEAD.format(imports=imports)]
    for title, text, code in found:
        pages.append(f"\n## {title}\n\n{text}\n\n```swift\n{code}\n```\n")
        pages.append(f"\n```text\n{printed[title]}\n```\n")
    PAGE.write_text("".join(pages), encoding="utf-8")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
