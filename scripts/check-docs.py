#!/usr/bin/env python3
"""Lists public declarations without a documentation comment; fails if there are any.

A member that fulfils a protocol's requirement is documented by the protocol: members of an extension
that adds a conformance, and the requirements named below, are passed over. So are operators and
initialisers, which the documentation of their type covers. One comment may stand over a group of
declarations on consecutive lines.

usage: check-docs.py FOLDER...
"""

import pathlib
import re
import sys

DECLARATION = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:public|open)(?:\(set\))?\s+"
    r"(?:(?:static|final|convenience|override|mutating|nonisolated|required|indirect|prefix|infix"
    r"|package\(set\)|internal\(set\)|private\(set\)|fileprivate\(set\)|lazy|weak)\s+)*"
    r"(class|struct|enum|protocol|actor|func|var|let|init|typealias|subscript|associatedtype|case"
    r"|macro|operator)\b\s*(.*)$"
)
# Requirements of protocols, ours and the standard library's, that types fulfil in their own body.
REQUIREMENT = re.compile(
    r"^(?:description\b|debugDescription\b|errorDescription\b|hash\(into|encode\(to|==|<\s*\(|"
    r"forward\(|backward\(|onnx\(|callAsFunction\(|next\(\)|makeIterator\(\)|makeAsyncIterator\(\)|"
    r"members\b)"
)
OPERATOR = re.compile(r"^[^\w\s(`]")
CONFORMANCE = re.compile(r"^extension\s+[\w.<>, ]+?\s*:\s*\w")


def undocumented(path):
    lines = path.read_text(encoding="utf-8").split("\n")
    if any("swift-format-ignore-file" in line for line in lines[:5]):
        return
    in_conformance = False
    covered = -2  # the last line that is a documented declaration
    for number, line in enumerate(lines):
        if line and not line[0].isspace():
            in_conformance = bool(CONFORMANCE.match(line))
        match = DECLARATION.match(line)
        if not match or in_conformance:
            continue
        kind, rest = match.groups()
        if kind in ("func", "var", "let") and REQUIREMENT.match(rest):
            continue
        if kind == "init" or (kind == "func" and OPERATOR.match(rest)):
            continue
        if covered == number - 1:
            covered = number
            continue
        above = number - 1
        while above >= 0 and lines[above].strip().startswith("@"):
            above -= 1
        if above < 0 or not lines[above].strip().startswith("///"):
            yield number + 1, line.strip()
        else:
            covered = number


def main(folders):
    found = 0
    for folder in folders:
        for path in sorted(pathlib.Path(folder).rglob("*.swift")):
            for number, text in undocumented(path):
                print(f"{path}:{number}: undocumented: {text}", file=sys.stderr)
                found += 1
    if found:
        print(f"{found} public declarations have no documentation comment", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
