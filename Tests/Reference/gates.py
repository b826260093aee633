"""Activations with thresholds, gates and slopes."""

import math

import torch
import torch.nn.functional as F

from common import Family, laid_out

INF, NAN = math.inf, math.nan


def write():
    f = Family("Martlet", "gates")
    functions = {
        "celu": lambda x: F.celu(x, 0.7),
        "hardshrink": lambda x: F.hardshrink(x, 0.75),
        "softshrink": lambda x: F.softshrink(x, 0.75),
        "tanhshrink": F.tanhshrink,
        "threshold": lambda x: F.threshold(x, 0.5, -2.0),
    }
    for name, function in functions.items():
        f.case(name, "values", function, f.uniform(3, 6, low=-3, high=3))
        f.case(name, "kinks", function, torch.tensor([0.0, 0.75, -0.75, 0.5, -0.5]))
        f.case(name, "number", function, torch.tensor(1.25))
        f.case(name, "empty", function, torch.zeros(0, 3), grad=False)
        ends = [] if name == "tanhshrink" else [-INF, INF]
        f.case(name, "extremes", function, torch.tensor([-100.0, 100.0, NAN] + ends), grad=False)
        f.case(name, "transposed", function, laid_out(f.uniform(4, 3), "transposed"))
        f.case(name, "channels-last", function, laid_out(f.uniform(1, 3, 2, 2), "channelsLast"))
    for shape, dim in (((6,), -1), ((2, 4), -1), ((4, 3), 0), ((2, 4, 3), 1), ((2, 4, 1, 2), -3)):
        f.case("glu", f"{list(shape)}", lambda x: F.glu(x, dim), f.uniform(*shape), dim=dim)
    for shape, slopes in (
        ((), (1,)),
        ((5,), (1,)),
        ((2, 3), (3,)),
        ((2, 3, 4), (3,)),
        ((2, 3, 2, 2), (3,)),
        ((2, 3, 2, 2), (1,)),
        ((0, 3), (3,)),
    ):
        f.case("prelu", f"{list(shape)}", F.prelu, f.uniform(*shape), f.uniform(*slopes))
    images = laid_out(f.uniform(2, 3, 2, 2), "channelsLast")
    f.case("prelu", "channels-last", F.prelu, images, f.uniform(3))
    f.case("prelu", "zeros", F.prelu, torch.tensor([[0.0, -1.0], [1.0, 0.0]]), f.uniform(2))
    for shape, dim in (((4,), 0), ((2, 3), -1), ((2, 3, 4), 1)):
        f.case("softmin", f"{list(shape)}", lambda x: F.softmin(x, dim), f.uniform(*shape), dim=dim)
    for name, function in (("softmax", F.softmax), ("logSoftmax", F.log_softmax)):
        f.case(
            name,
            "channels of channels-last images",
            lambda x: function(x, 1),
            laid_out(f.uniform(2, 3, 2, 4), "channelsLast"),
            dim=1,
        )
        f.case(name, "middle of five", lambda x: function(x, 2), f.uniform(1, 2, 3, 2, 2), dim=2)
    f.write()
