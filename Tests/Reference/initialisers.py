"""The initial values of torch.nn.init that are not drawn, and the fans of weights."""

import torch
import torch.nn as nn

from common import Family


def write():
    f = Family("MartletNN", "initialisers")
    for shape in ((3, 4), (2,), (4, 2, 3), (4, 4, 3, 2), (2, 3, 1, 2, 3)):
        name = f"{list(shape)}"
        for kind, fill in (
            ("zeros", nn.init.zeros_),
            ("ones", nn.init.ones_),
            ("constant", lambda x: nn.init.constant_(x, 0.7)),
        ):
            f.case(kind, name, lambda: fill(torch.empty(shape)), grad=False, shape=list(shape))
        if len(shape) == 2:
            eye = lambda: nn.init.eye_(torch.empty(shape))
            f.case("eye", name, eye, grad=False, shape=list(shape))
        if len(shape) >= 2:
            fans = nn.init._calculate_fan_in_and_fan_out(torch.empty(shape))
            f.case("fans", name, lambda: torch.tensor(fans), grad=False, shape=list(shape))
        if len(shape) >= 3:
            for groups in (1, 2):
                f.case(
                    "dirac",
                    f"{name}, {groups} groups",
                    lambda: nn.init.dirac_(torch.empty(shape), groups),
                    grad=False,
                    shape=list(shape),
                    groups=groups,
                )
    f.write()
