#!/usr/bin/env python3
"""Checks that modules depend on each other in one direction only, as the table below allows.

Reads `swift package dump-package` from standard input, and the sources' import statements: a module may
import another of this package only if the manifest says so.
"""

import json
import pathlib
import re
import sys

# What each module may depend on, here and from outside. Order is top to bottom: nothing names a
# module that comes after it.
ALLOWED = {
    "CKernels": [],
    "CDNN": ["CKernels"],
    "CLAPACK": ["CKernels"],
    "CFFT": ["CKernels"],
    "CImage": [],
    "CXML": [],
    "CUnicode": [],
    "CZlib": [],
    "CZip": [],
    "CCrypto": [],
    "CArchive": [],
    "CDownload": [],
    "Martlet": ["CKernels", "CDNN", "CLAPACK", "CFFT"],
    "MartletTesting": ["Martlet"],
    "MartletNN": ["Martlet"],
    "MartletOptim": ["Martlet", "MartletNN"],
    "MartletData": ["Martlet", "CZlib", "CZip", "CCrypto"],
    "MartletDatasets": ["MartletData", "CArchive", "CDownload"],
    "MartletMetrics": ["Martlet"],
    "MartletVision": [
        "Martlet", "MartletNN", "MartletData", "MartletMetrics", "CImage", "CXML", "Yams",
    ],
    "MartletText": [
        "Martlet", "MartletNN", "MartletOptim", "MartletData", "CUnicode", "SwiftProtobuf",
    ],
    "MartletONNX": ["Martlet", "MartletNN", "SwiftProtobuf"],
    "MartletPipeline": [
        "Martlet", "MartletNN", "MartletOptim", "MartletData", "MartletVision", "MartletMetrics",
        "MartletONNX", "MartletDatasets", "Yams", "SwiftProtobuf",
    ],
    "MartletConformance": [
        "Martlet", "MartletNN", "MartletData", "MartletONNX", "MartletPipeline", "MartletTesting",
    ],
    "MartletCommand": [
        "Martlet", "MartletNN", "MartletOptim", "MartletData", "MartletVision", "MartletText",
        "MartletMetrics", "MartletONNX", "MartletPipeline", "MartletDatasets",
        "ArgumentParser", "Yams",
    ],
}
# A task may use everything up to the pipeline, but no other task and no command.
TASK = ["MartletPipeline", "MartletText"] + [
    name for name in ALLOWED["MartletPipeline"] if name.startswith("Martlet")
]

IMPORT = re.compile(
    r"^\s*(?:@\w+\s+)*(?:(?:public|package|internal|private|fileprivate)\s+)?import\s+"
    r"(?:(?:struct|class|enum|func|protocol|typealias|var|let)\s+)?(\w+)",
    re.MULTILINE,
)


def dependencies(target):
    for entry in target["dependencies"]:
        for kind, value in entry.items():
            if kind in ("byName", "product", "target"):
                yield value[0]


def folder(target):
    root = "Tests" if target["type"] == "test" else "Sources"
    return pathlib.Path(target.get("path") or f"{root}/{target['name']}")


def allowed(target, tasks):
    name = target["name"]
    if name in ALLOWED:
        return ALLOWED[name]
    if name in tasks:
        return TASK
    if str(folder(target)).startswith("examples/"):
        return [module for module in ALLOWED if module.startswith("Martlet")]
    if target["type"] == "executable":
        return ["MartletCommand", *tasks]
    return None


def main():
    targets = json.load(sys.stdin)["targets"]
    names = {target["name"] for target in targets}
    tasks = [t["name"] for t in targets if str(folder(t)).startswith("tasks/")]
    problems = []
    for target in targets:
        name = target["name"]
        declared = list(dependencies(target))
        if target["type"] != "test":
            permitted = allowed(target, tasks)
            if permitted is None:
                problems.append(f"{name}: not in the table of scripts/check-arrows.py")
                continue
            problems += [
                f"{name}: may not depend on {other}" for other in declared if other not in permitted
            ]
        for path in sorted(folder(target).rglob("*.swift")):
            for other in IMPORT.findall(path.read_text(encoding="utf-8")):
                if other in names and other != name and other not in declared:
                    # A test sees what the module it tests depends on.
                    if target["type"] != "test":
                        problems.append(f"{path}: imports {other}, which {name} does not depend on")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
