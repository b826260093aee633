#!/usr/bin/env python3
"""Writes docs/coverage.md: what of PyTorch there is, under which name, and how many cases hold it against PyTorch.

The rows are kept by hand in Tests/Reference/coverage.tsv, four columns with tabs between them:

    family   Swift spelling   PyTorch name   evidence

The Swift spelling is a function with its labels (`scatter(dim:_:_:)`), an operator (`+`), a property or a type. Evidence is
a list of what tests it, with spaces between: the name of a fixture operation, in any family's file or in one
(`order/sort`), counts its cases; `@SuiteTests` counts the tests in that file. "-" as the PyTorch name says that
PyTorch has no such thing; then there need be no evidence, but the last column says what it is for.

Fails where a row has no case and no test, where it names nothing that exists, and where a public function of the tensor
library (an extension of Tensor in Sources/Martlet, or a free function there) is in no row.

usage: coverage.py [--check]     --check compares docs/coverage.md with what would be written
"""

import collections
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TABLE = ROOT / "Tests/Reference/coverage.tsv"
PAGE = ROOT / "docs/coverage.md"
HEAD = """# What of PyTorch there is

Each row was held against PyTorch: its cases are inputs, outputs and gradients that PyTorch computed (`Tests/Reference`),
run here in every memory layout and in float64, with gradients also compared with finite differences. Where there is
nothing to compare with, tests of our own stand in the last column.
`scripts/coverage.py` writes this page from `Tests/Reference/coverage.tsv`.
"""
FUNCTION = re.compile(
    r"^(?P<indent>\s*)(?:@\w+(?:\([^)]*\))?\s+)*public\s+(?:(?:static|mutating|prefix|final|override)\s+)*func\s+"
    r"(?P<name>`?\w+`?|[^\w\s(]+?)\s*(?:<[^(]*>)?\("
)
OTHER = re.compile(
    r"^\s*(?:public|open)\s+(?:(?:static|final|internal\(set\)|private\(set\))\s+)*"
    r"(?P<kind>class|struct|enum|protocol|var|let|typealias|init|subscript)\b\s*(?P<name>`?\w+`?)?"
)


def labels(text):
    """The argument labels in a declaration's parameter list, given what follows its opening parenthesis."""
    depth, part, parts = 0, "", []
    for character in text:
        if character in "([{<":
            depth += 1
        elif character == ")" and depth == 0:
            break
        elif character in ")]}" or (character == ">" and not part.endswith("-")):
            depth -= 1
        if character == "," and depth == 0:
            parts.append(part)
            part = ""
        else:
            part += character
    if part.strip():
        parts.append(part)
    return [p.split(":")[0].split()[0] for p in parts]


def declarations():
    """Everything public in all modules, and of it the functions of the tensor library."""
    known, library = set(), {}
    for path in sorted((ROOT / "Sources").rglob("*.swift")):
        text = path.read_text(encoding="utf-8")
        lines, owner, offset = text.split("\n"), "", 0
        for line in lines:
            if line and not line[0].isspace() and line[0] not in "}/@#":
                owner = line
            if match := FUNCTION.match(line):
                name = match["name"].strip("`")
                if re.match(r"\w", name):
                    name += (
                        "(" + "".join(l + ":" for l in labels(text[offset + match.end() :])) + ")"
                    )
                known.add(name)
                in_tensor = re.match(r"extension Tensor\b(?!\w)", owner) or not match["indent"]
                if path.is_relative_to(ROOT / "Sources/Martlet") and in_tensor:
                    library.setdefault(name, f"{path.relative_to(ROOT)}")
            elif match := OTHER.match(line):
                is_unnamed = match["kind"] in ("init", "subscript")
                known.add(match["kind"] if is_unnamed else (match["name"] or "").strip("`"))
            offset += len(line) + 1
    return known, library


def cases():
    """How many cases each operation of each fixture file has."""
    counts = collections.Counter()
    for path in sorted((ROOT / "Tests").glob("*/Fixtures/*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        for case in content.get("cases", []) if isinstance(content, dict) else []:
            if name := case.get("operation"):
                counts[name] += 1
                counts[f"{path.stem}/{name}"] += 1
    return counts


def tests(suite):
    found = list((ROOT / "Tests").glob(f"*/{suite}.swift"))
    return sum(len(re.findall(r"@Test\b", path.read_text(encoding="utf-8"))) for path in found)


def rows():
    for number, line in enumerate(TABLE.read_text(encoding="utf-8").split("\n"), 1):
        if line and not line.startswith("#"):
            columns = line.split("\t")
            if len(columns) != 4:
                raise SystemExit(f"{TABLE.name}:{number}: expected 4 columns, got {len(columns)}")
            yield columns


def main(check):
    known, library = declarations()
    counts = cases()
    problems, page, seen = [], [HEAD], set()
    family, used = None, set()
    table = list(rows())
    for group, spelling, torch, evidence in table:
        seen.add(spelling)
        if spelling not in known:
            problems.append(f"{spelling}: in the table, but not in Sources")
        if group != family:
            family = group
            page.append(
                f"\n## {family}\n\n| Martlet | PyTorch | cases | tests |\n|---|---|---:|---:|"
            )
        if torch == "-":
            page.append(f"| `{spelling}` | Martlet only: {evidence} | | |")
            continue
        number = proofs = 0
        for name in evidence.split():
            if name.startswith("@"):
                proofs += tests(name[1:])
            else:
                number += counts[name]
                used.add(name)
            if not (tests(name[1:]) if name.startswith("@") else counts[name]):
                problems.append(f"{spelling}: nothing is called {name}")
        if number == 0 and proofs == 0:
            problems.append(f"{spelling}: no case and no test")
        escaped, named = (text.replace("|", "\\|") for text in (spelling, torch))
        page.append(f"| `{escaped}` | {named} | {number or ''} | {proofs or ''} |")
    total = sum(counts[name] for name in used)
    for name in sorted(set(library) - seen):
        problems.append(f"{name} of {library[name]}: in no row of {TABLE.relative_to(ROOT)}")
    for problem in problems:
        print(problem, file=sys.stderr)
    text = "\n".join(page) + "\n"
    if check:
        if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
            problems.append("stale")
            print(
                "docs/coverage.md is not what scripts/coverage.py writes: run it", file=sys.stderr
            )
    else:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(text, encoding="utf-8")
    print(f"coverage: {len(table)} rows, {total} cases from PyTorch")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
