"""Reductions."""

import torch

from common import Family, laid_out

NAN, INF = float("nan"), float("inf")


def reductions():
    f = Family("Martlet", "reductions")
    functions = {
        "sum": lambda x, d, k: x.sum(d, keepdim=k),
        "mean": lambda x, d, k: x.mean(d, keepdim=k),
        "max": lambda x, d, k: x.amax(d, keepdim=k),
        "min": lambda x, d, k: x.amin(d, keepdim=k),
        "logSumExp": lambda x, d, k: torch.logsumexp(x, d, keepdim=k),
        "variance": lambda x, d, k: x.var(d, keepdim=k),
        "std": lambda x, d, k: x.std(d, keepdim=k),
    }
    settings = [
        ((0,), False),
        ((1,), True),
        ((-1,), False),
        ((0, 2), False),
        ((-1, 0), True),
        ((0, 1, 2), False),
    ]
    for name, function in functions.items():
        for dims, keep in settings:
            for layout in (None, "strided") if dims == (0, 2) else (None,):
                f.case(
                    name,
                    f"{list(dims)}{' kept' if keep else ''}{' ' + layout if layout else ''}",
                    lambda x: function(x, dims, keep),
                    laid_out(f.uniform(2, 3, 4), layout),
                    dims=dims,
                    keepDim=keep,
                )
    for dim in (0, 1, -1):
        f.case(
            "prod", f"{dim}", lambda x: x.prod(dim), f.uniform(2, 3, 4), dims=[dim], keepDim=False
        )
    zeros = torch.tensor([[1.5, 0.0, 2.0], [0.0, 0.0, 3.0], [1.0, 2.0, -1.0]])
    f.case("prod", "zeros", lambda x: x.prod(1), zeros, dims=[1], keepDim=False)
    f.case(
        "variance",
        "without correction",
        lambda x: x.var(1, correction=0),
        f.uniform(3, 4),
        dims=[1],
        keepDim=False,
        correction=0,
    )
    f.case(
        "sum",
        "channels-last",
        lambda x: x.sum((2, 3)),
        laid_out(f.uniform(2, 3, 2, 2), "channelsLast"),
        dims=[2, 3],
        keepDim=False,
    )
    f.case(
        "mean",
        "transposed",
        lambda x: x.mean(0),
        laid_out(f.uniform(3, 5), "transposed"),
        dims=[0],
        keepDim=False,
    )
    f.case("sum", "no elements", lambda x: x.sum(0), torch.zeros(0, 3), dims=[0], keepDim=False)
    ties = torch.tensor([[1.0, 3.0, 3.0, 2.0], [5.0, 5.0, 5.0, 5.0]])
    for name in ("max", "min"):
        f.case(
            name,
            "ties share",
            lambda x: functions[name](x, 1, False),
            ties,
            dims=[1],
            keepDim=False,
        )
        f.case(
            name,
            "NaN wins",
            lambda x: functions[name](x, 1, False),
            torch.tensor([[1.0, NAN, 3.0], [INF, 2.0, -INF]]),
            grad=False,
            dims=[1],
            keepDim=False,
        )
    f.case(
        "logSumExp",
        "infinities",
        lambda x: torch.logsumexp(x, 1),
        torch.tensor([[-INF, -INF], [-INF, 1.0], [1000.0, 1000.0]]),
        grad=False,
        dims=[1],
        keepDim=False,
    )
    for dtype in (torch.int64, torch.int32, torch.uint8, torch.bool):
        x = torch.tensor([[1, 0, 200], [1, 1, 100]]).to(dtype)
        f.case("sum", str(dtype)[6:], lambda v: v.sum(1), x, grad=False, dims=[1], keepDim=False)
        f.case("prod", str(dtype)[6:], lambda v: v.prod(1), x, grad=False, dims=[1], keepDim=False)
        f.case("max", str(dtype)[6:], lambda v: v.amax(1), x, grad=False, dims=[1], keepDim=False)
        f.case(
            "any",
            str(dtype)[6:],
            lambda v: v.to(torch.bool).any(1),
            x,
            grad=False,
            dims=[1],
            keepDim=False,
        )
        f.case(
            "all",
            str(dtype)[6:],
            lambda v: v.to(torch.bool).all(1),
            x,
            grad=False,
            dims=[1],
            keepDim=False,
        )
    x = torch.tensor([[1.0, 4.0, 4.0], [7.0, 7.0, 0.0], [2.0, NAN, 9.0]])
    for name, function in {"argmax": torch.argmax, "argmin": torch.argmin}.items():
        for dim in (0, 1, -1):
            f.case(
                name, f"{dim}", lambda v: function(v, dim), x, grad=False, dim=dim, keepDim=False
            )
        f.case(
            name, "kept", lambda v: function(v, 1, keepdim=True), x, grad=False, dim=1, keepDim=True
        )
        f.case(name, "all", lambda v: function(v), x[:2], grad=False, keepDim=False)
        f.case(
            name,
            "transposed",
            lambda v: function(v, 0),
            laid_out(x.clone(), "transposed"),
            grad=False,
            dim=0,
            keepDim=False,
        )
    f.case(
        "any",
        "empty",
        lambda v: v.any(0),
        torch.zeros(0, 2, dtype=torch.bool),
        grad=False,
        dims=[0],
        keepDim=False,
    )
    f.case(
        "all",
        "empty",
        lambda v: v.all(0),
        torch.zeros(0, 2, dtype=torch.bool),
        grad=False,
        dims=[0],
        keepDim=False,
    )
    f.write()


def write():
    reductions()
