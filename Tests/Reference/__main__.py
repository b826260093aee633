"""Writes the fixtures that the tests compare with, computed by PyTorch.

Run by hand, `python Tests/Reference`, with torch installed; the tests only read what it wrote. With names,
`python Tests/Reference linalg windows`, only these families are written.
"""

import importlib
import pathlib
import sys

import torch

torch.set_num_threads(1)
here = pathlib.Path(__file__).parent
names = sys.argv[1:] or sorted(p.stem for p in here.glob("*.py"))
for name in names:
    module = importlib.import_module(name) if name != "__main__" else None
    if hasattr(module, "write"):
        module.write()
