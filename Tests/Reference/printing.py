"""What PyTorch prints, in Martlet's words."""

import json
import os

import torch

from common import TESTS, values


def write():
    torch.manual_seed(3)
    cases = []

    def add(name, x, **options):
        torch.set_printoptions(profile="default", **options)
        text = repr(x)
        for a, b in (("torch.", ""), ("True", "true"), ("False", "false"), ("requires_grad", "requiresGrad")):
            text = text.replace(a, b)
        torch.set_printoptions(profile="default")
        cases.append({"name": name, "input": values(x), "options": options, "text": text})

    add("number", torch.tensor(3.14159))
    add("whole number", torch.tensor(7))
    add("truth", torch.tensor([True, False]))
    add("vector", torch.tensor([1.0, 2.5, -3.25]))
    add("whole reals", torch.tensor([1.0, 20.0, -300.0]))
    add("integers", torch.tensor([[1, -20], [300, 4]]))
    add("matrix", torch.round(torch.randn(3, 4) * 100) / 100)
    add("three dimensions", torch.arange(12.0).reshape(2, 2, 3))
    add("wide", torch.tensor([1e-5, 1.0, 12345.678]))
    add("great", torch.tensor([1.5e9, 2.0]))
    add("small", torch.tensor([1.5e-6, 2e-6]))
    add("special", torch.tensor([float("nan"), float("inf"), -float("inf"), 1.5]))
    add("nothing", torch.zeros(0))
    add("nothing in a row", torch.zeros(2, 0))
    add("no integers", torch.zeros(0, dtype=torch.int64))
    add("double", torch.tensor([1.5, 2.25], dtype=torch.float64))
    add("bytes", torch.tensor([1, 2], dtype=torch.uint8))
    add("bfloat16", torch.tensor([1.5, 2.25], dtype=torch.bfloat16))
    add("long", torch.arange(40))
    add("long reals", torch.arange(30) / 8)
    add("summarised", torch.arange(2000))
    add("summarised matrix", torch.arange(2000.0).reshape(50, 40))
    add("summarised volume", torch.arange(2000.0).reshape(10, 20, 10) / 16)
    add("precision", torch.tensor([3.14159265, 2.718281828]), precision=2)
    add("edge items", torch.arange(2000.0).reshape(50, 40), edgeitems=2)
    add("narrow", torch.arange(30) / 8, linewidth=40)
    add("exponent", torch.tensor([1.0, 2.5]), sci_mode=True)
    add("no exponent", torch.tensor([1e-5, 12345.0]), sci_mode=False)
    path = os.path.join(TESTS, "MartletTests", "Fixtures", "printing.json")
    with open(path, "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]\n")
    print(f"printing: {len(cases)} cases")
