"""Complex numbers as pairs of tensors: arithmetic, absolute values and angles."""

import torch

from common import Family


def write():
    f = Family("Martlet", "complex")
    parts = lambda z: (z.real.contiguous(), z.imag.contiguous())
    two = {
        "add": lambda a, b: a + b,
        "sub": lambda a, b: a - b,
        "mul": lambda a, b: a * b,
        "div": lambda a, b: a / b,
        "matmul": lambda a, b: a @ b,
    }
    for name, function in two.items():
        f.case(
            name,
            "matrices",
            lambda a, b, c, d: parts(function(torch.complex(a, b), torch.complex(c, d))),
            *(f.uniform(2, 2, dtype=torch.float64) for _ in range(4)),
        )
    for shape in ((2, 3), ()):
        pair = [f.uniform(*shape) for _ in range(2)]
        name = f"{list(shape)}"
        f.case("abs", name, lambda a, b: torch.complex(a, b).abs(), *pair)
        f.case("angle", name, lambda a, b: torch.complex(a, b).angle(), *pair)
        conjugate = lambda a, b: parts(torch.complex(a, b).conj().resolve_conj())
        f.case("conjugate", name, conjugate, *pair)
        f.case("polar", name, lambda a, b: parts(torch.polar(a, b)), *(p.abs() for p in pair))
    f.write()
