#!/usr/bin/env python3
"""Lists public declarations without a documentation comment; fails if there are any.

A member that fulfils a protocol's requirement is documented by the protocol: members of an extension
that adds a conformance, members named as a requirement of one of our own protocols, and the
requirements named below, are passed over. So are settings, whose attribute says what they are for,
and operators and initialisers, which the documentation of their type covers. One comment may stand
over a group of declarations on consecutive lines.

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
# Requirements of the standard library's protocols that types fulfil in their own body.
REQUIREMENT = re.compile(
    r"^(?:description\b|debugDescription\b|errorDescription\b|hash\(into|encode\(to|==|<\s*\(|"
    r"callAsFunction\(|next\(\)|makeIterator\(\)|makeAsyncIterator\(\)|wrappedValue\b)"
)
PROTOCOL = re.compile(r"^(?:public|package) protocol \w")
OWN_REQUIREMENT = re.compile(r"^    (?:(?:static|mutating) )*(?:func|var) (\w+)")
SETTING = re.compile(r'@Setting\(\s*"')
OPERATOR = re.compile(r"^[^\w\s(`]")
CONFORMANCE = re.compile(r"^extension\s+[\w.<>, ]+?\s*:\s*\w")


def requirements(folders):
    """The names that the protocols of these folders require of types."""
    names = set()
    for folder in folders:
        for path in pathlib.Path(folder).rglob("*.swift"):
            in_protocol = False
            for line in path.read_text(encoding="utf-8").split("\n"):
                if line and not line[0].isspace():
                    in_protocol = bool(PROTOCOL.match(line)) or (in_protocol and line != "}")
                elif in_protocol and (match := OWN_REQUIREMENT.match(line)):
                    names.add(match.group(1))
    return names


def undocumented(path, required):
    lines = path.read_text(encoding="utf-8").split("\n")
    if any("swift-format-ignore-file" in line for line in lines[:5]):
        return
    in_conformance = in_protocol = False
    covered = -2  # the last line that is a documented declaration
    for number, line in enumerate(lines):
        if line and not line[0].isspace():
            in_conformance = bool(CONFORMANCE.match(line))
            in_protocol = bool(PROTOCOL.match(line)) or (in_protocol and line != "}")
        match = DECLARATION.match(line)
        if not match or in_conformance:
            continue
        kind, rest = match.groups()
        above = number - 1
        while above >= 0 and lines[above].strip().startswith("@"):
            above -= 1
        if covered == number - 1 or (above >= 0 and lines[above].strip().startswith("///")):
            covered = number
            continue
        name = re.match(r"\w*", rest).group()
        if kind == "init" or (kind == "func" and OPERATOR.match(rest)):
            continue
        if kind in ("func", "var", "let") and (
            REQUIREMENT.match(rest) or (name in required and not in_protocol)
        ):
            continue
        if any(SETTING.search(line) for line in lines[max(0, number - 2) : number + 1]):
            continue
        yield number + 1, line.strip()


def main(folders):
    required = requirements(folders)
    found = 0
    for folder in folders:
        for path in sorted(pathlib.Path(folder).rglob("*.swift")):
            for number, text in undocumented(path, required):
                print(f"{path}:{number}: undocumented: {text}", file=sys.stderr)
                found += 1
    if found:
        print(f"{found} public declarations have no documentation comment", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
