"""Writes the fixtures that the tests compare with, computed by PyTorch.

Run by hand, `python Tests/Reference`, with torch installed; the tests only read what it wrote. With names,
`python Tests/Reference linalg windows`, only these families are written. Scripts without a function `write` need other
programs than PyTorch and are run by themselves; they say which.
"""

import importlib
import pathlib
import sys

import torch

torch.set_num_threads(1)
here = pathlib.Path(__file__).parent
families = sorted(p.stem for p in here.glob("*.py") if "\ndef write(" in p.read_text())
for name in sys.argv[1:] or families:
    importlib.import_module(name).write()
