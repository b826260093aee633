#!/usr/bin/env python3
"""Writes docs/coverage.md: what of PyTorch there is, under which name, and how many cases hold it against PyTorch.

The rows are kept by hand in Tests/Reference/coverage.tsv, four columns with tabs between them:

    family   Swift spelling   PyTorch name   evidence

The Swift spelling is a function with its labels (`scatter(dim:_:_:)`), an operator (`+`), a property or a type, which
stands for its initialisers and for what it does when it is called. Evidence is a list of what tests it, with spaces
between: the name of a fixture operation (`kthvalue`), with its file where more than one has it (`order/sort`), counts its
cases; `@SuiteTests` counts the tests in that file. "-" as the PyTorch name says that PyTorch has no such thing; then there
need be no evidence, but the last column says what it is for.

Fails where a row has no case and no test, where it names nothing that exists or what several files have, and where something
public is in no row: a function of the tensor library (Sources/Martlet), of layers and losses (Sources/MartletNN) or of
optimisers (Sources/MartletOptim), a type of the latter two, a distribution, or a property of what is in HOLDERS.

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
run here in every memory layout, in float64 and, against float32, in float16 and bfloat16, with gradients also compared
with finite differences. Where there is nothing to compare with, tests of our own stand in the last column.
`scripts/coverage.py` writes this page from `Tests/Reference/coverage.tsv`.
"""
# Types whose properties a user of PyTorch looks for; also those of the distributions.
HOLDERS = {"Tensor", "ComplexTensor", "Generator", "Module", "Layer", "Parameter", "Optimizer"}
HOLDERS |= {"Initializer", "Schedule"}
OWNER = re.compile(
    r"^(?:(?:public|package|final)\s+)*(?:extension|class|struct|enum|protocol)\s+(\w+)"
)
# What a layer's or an optimiser's row stands for, and protocols of Swift's library.
IMPLIED = {"init", "subscript", "description", "members", "=="}
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
    """Everything public in all modules, and where what has to be in the table is declared."""
    known, wanted = set(), {}
    for path in sorted((ROOT / "Sources").rglob("*.swift")):
        text = path.read_text(encoding="utf-8")
        owner, offset = None, 0
        place = path.relative_to(ROOT / "Sources").parts
        is_library, is_network = place[0] == "Martlet", place[0] in ("MartletNN", "MartletOptim")
        is_distribution = "Distributions" in place
        for line in text.split("\n"):
            if match := OWNER.match(line):
                owner = match[1]
            elif line and not line[0].isspace() and line[0] not in "}/@#":
                owner = None
            held = owner in HOLDERS or is_distribution
            name, counts = None, False
            if match := FUNCTION.match(line):
                name = match["name"].strip("`")
                if re.match(r"\w", name):
                    name += (
                        "(" + "".join(l + ":" for l in labels(text[offset + match.end() :])) + ")"
                    )
                is_call = name.startswith(("forward(", "callAsFunction("))
                counts = is_library and (held or not match["indent"]) or is_network and not is_call
            elif match := OTHER.match(line):
                name = (match["name"] or match["kind"]).strip("`")
                if match["kind"] in ("var", "let"):
                    counts = held and (is_library or is_network)
                elif not line[0].isspace():
                    counts = (is_network or is_distribution) and "Error" not in line
            if name:
                known.add(name)
                if counts and name not in IMPLIED:
                    wanted.setdefault(name, f"{path.relative_to(ROOT)}")
            offset += len(line) + 1
    return known, wanted


def cases():
    """How many cases each operation of each fixture file has, and in which files it is."""
    counts, places = collections.Counter(), collections.defaultdict(set)
    for path in sorted((ROOT / "Tests").glob("*/Fixtures/*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        found = content.get("cases", []) if isinstance(content, dict) else content
        for case in found:
            if not isinstance(case, dict):
                continue  # Texts and the like, which are of no operation.
            name = f"{path.stem}/{case.get('operation', path.stem)}"
            counts[name] += 1
            places[name.split("/")[1]].add(name)
    return counts, places


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
    known, wanted = declarations()
    counts, places = cases()
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
                found = tests(name[1:])
                proofs += found
            else:
                full = {name} if "/" in name else places[name]
                if len(full) > 1:
                    problems.append(f"{spelling}: say which of {', '.join(sorted(full))}")
                found = sum(counts[operation] for operation in full)
                number += found
                used |= full
            if not found:
                problems.append(f"{spelling}: nothing is called {name}")
        if number == 0 and proofs == 0:
            problems.append(f"{spelling}: no case and no test")
        escaped, named = (text.replace("|", "\\|") for text in (spelling, torch))
        page.append(f"| `{escaped}` | {named} | {number or ''} | {proofs or ''} |")
    total = sum(counts[name] for name in used)
    for name in sorted(set(wanted) - seen):
        problems.append(f"{name} of {wanted[name]}: in no row of {TABLE.relative_to(ROOT)}")
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
