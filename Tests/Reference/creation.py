"""Tensors made from nothing but numbers."""

import torch

from common import Family

TYPES = [
    torch.float32,
    torch.float64,
    torch.float16,
    torch.bfloat16,
    torch.int64,
    torch.int32,
    torch.uint8,
    torch.bool,
]


def write():
    f = Family("Martlet", "creation")
    for dtype in TYPES:
        name = str(dtype)[6:]
        for shape in ((2, 3), (), (0, 2)):
            kind = dict(shape=shape, type=name)
            f.case(
                "zeros", f"{name} {list(shape)}", lambda: torch.zeros(shape, dtype=dtype), **kind
            )
            f.case("ones", f"{name} {list(shape)}", lambda: torch.ones(shape, dtype=dtype), **kind)
            f.case(
                "full",
                f"{name} {list(shape)}",
                lambda: torch.full(shape, 2.75, dtype=dtype),
                value=2.75,
                **kind,
            )
            if dtype == torch.float32:
                x = f.uniform(*shape)
                f.case("zerosLike", f"{list(shape)}", torch.zeros_like, x, grad=False)
                f.case("onesLike", f"{list(shape)}", torch.ones_like, x, grad=False)
                f.case(
                    "fullLike",
                    f"{list(shape)}",
                    lambda v: torch.full_like(v, -1.5),
                    x,
                    grad=False,
                    value=-1.5,
                )
        f.case(
            "zerosLike",
            f"as {name}",
            lambda v: torch.zeros_like(v, dtype=dtype),
            f.uniform(2),
            grad=False,
            type=name,
        )
        f.case(
            "onesLike",
            f"as {name}",
            lambda v: torch.ones_like(v, dtype=dtype),
            f.uniform(2),
            grad=False,
            type=name,
        )
        f.case(
            "fullLike",
            f"as {name}",
            lambda v: torch.full_like(v, 3, dtype=dtype),
            f.uniform(2),
            grad=False,
            type=name,
            value=3,
        )
        f.case("eye", f"{name}", lambda: torch.eye(2, 3, dtype=dtype), n=2, m=3, type=name)
        if dtype != torch.bool:
            f.case(
                "arange",
                f"{name}",
                lambda: torch.arange(1, 8, 3, dtype=dtype),
                start=1,
                end=8,
                step=3,
                type=name,
            )
            f.case(
                "linspace",
                f"{name}",
                lambda: torch.linspace(0, 6, 4, dtype=dtype),
                start=0,
                end=6,
                count=4,
                type=name,
            )
    for n, m in ((3, None), (3, 2), (0, 2), (2, 0)):
        named = {} if m is None else {"m": m}
        f.case(
            "eye",
            f"{n}, {m}",
            lambda: torch.eye(n) if m is None else torch.eye(n, m),
            n=n,
            type="float32",
            **named,
        )
    for start, end, step in (
        (0, 5, 1),
        (5, 0, -2),
        (3, 3, 1),
        (-3, 4, 3),
        (2**53 + 1, 2**53 + 6, 2),
    ):
        f.case(
            "arange",
            f"{start} to {end} by {step}",
            lambda: torch.arange(start, end, step),
            start=start,
            end=end,
            step=step,
            type="int64",
        )
    for start, end, step in ((0, 1, 0.25), (1, 0, -0.3), (0.5, 0.5, 1), (-1, 1, 0.1)):
        f.case(
            "arangeReal",
            f"{start} to {end} by {step}",
            lambda: torch.arange(start, end, step, dtype=torch.float32),
            start=start,
            end=end,
            step=step,
        )
    for start, end, count in (
        (0, 1, 5),
        (-2, 3, 2),
        (1, 0, 4),
        (3, 9, 1),
        (3, 9, 0),
        (-1.5, 2.25, 7),
    ):
        f.case(
            "linspace",
            f"{start} to {end}, {count}",
            lambda: torch.linspace(start, end, count),
            start=start,
            end=end,
            count=count,
            type="float32",
        )
        f.case(
            "logspace",
            f"{start} to {end}, {count}",
            lambda: torch.logspace(start, end, count),
            start=start,
            end=end,
            count=count,
            base=10,
        )
    f.case(
        "logspace",
        "base 2",
        lambda: torch.logspace(0, 4, 5, base=2),
        start=0,
        end=4,
        count=5,
        base=2,
    )
    f.write()
