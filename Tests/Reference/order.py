"""Order, counting and searching."""

import torch

from common import Family, laid_out

NAN, INF = float("nan"), float("inf")
TIED = torch.tensor([[3.0, 1.0, 3.0, 2.0], [1.0, 1.0, -1.0, 1.0]])
WITH_NAN = torch.tensor([[1.0, NAN, 3.0], [INF, 2.0, -INF]])
# Dimensions, and whether they are kept.
ALONG = [(0, False), (-1, False), (1, True)]


def chosen(f):
    pair = lambda y: (y.values, y.indices)
    functions = {
        "maxDim": lambda x, d, k: pair(x.max(d, k)),
        "minDim": lambda x, d, k: pair(x.min(d, k)),
        "medianDim": lambda x, d, k: pair(x.median(d, k)),
        "kthvalue": lambda x, d, k: pair(x.kthvalue(2, d, k)),
        "mode": lambda x, d, k: pair(x.mode(d, k)),
    }
    for name, function in functions.items():
        more = {"k": 2} if name == "kthvalue" else {}
        for dim, keep in ALONG:
            distinct = torch.randperm(24, generator=f.generator).reshape(2, 3, 4) / 8 - 1
            named = dict(dim=dim, keepDim=keep, **more)
            call = lambda x: function(x, dim, keep)
            if name != "mode":
                f.case(name, f"{dim}{' kept' if keep else ''}", call, distinct, **named)
            else:
                x = f.integers(0, 3, 3, 5).float()
                f.case(name, f"{dim}{' kept' if keep else ''}", call, x, **named)
        for dtype in (torch.int64, torch.int32, torch.uint8, torch.float16, torch.bfloat16):
            x = (
                torch.tensor([[5, 3, 3], [7, 1, 9]])
                if name == "mode"
                else torch.tensor([[5, 2, 3], [7, 1, 9]])
            )
            f.case(
                name,
                str(dtype)[6:],
                lambda v: function(v, 1, False),
                x.to(dtype),
                dim=1,
                keepDim=False,
                **more,
            )
        if name != "kthvalue":
            f.case(
                name,
                "no dimensions",
                lambda v: function(v, -1, True),
                f.uniform(),
                dim=-1,
                keepDim=True,
                **more,
            )
        if name not in ("kthvalue", "mode"):
            f.case(
                name,
                "NaN",
                lambda v: function(v, 1, False),
                WITH_NAN,
                grad=False,
                dim=1,
                keepDim=False,
            )
    f.case(
        "kthvalue",
        "no dimensions",
        lambda v: pair(v.kthvalue(1, 0, False)),
        f.uniform(),
        k=1,
        dim=0,
        keepDim=False,
    )
    flags = torch.tensor([[False, True, True], [False, False, False]])
    for name in ("maxDim", "minDim"):
        call = lambda x: functions[name](x, 1, False)
        f.case(name, "bool", call, flags, dim=1, keepDim=False)
    f.case(
        "maxDim",
        "the first of equals",
        lambda v: functions["maxDim"](v, 1, False),
        TIED,
        dim=1,
        keepDim=False,
    )
    f.case(
        "minDim",
        "the first of equals",
        lambda v: functions["minDim"](v, 1, False),
        TIED,
        dim=1,
        keepDim=False,
    )
    f.case("median", "odd", torch.median, torch.tensor([[3.0, 1.0, 2.0]]))
    f.case("median", "equals share", torch.median, torch.tensor([1.0, 2.0, 2.0, 3.0, 2.0]))
    f.case("median", "NaN", torch.median, torch.tensor([1.0, NAN, 2.0]), grad=False)
    f.case("median", "integers", torch.median, torch.tensor([[4, 1], [3, 2]]))
    f.case("median", "no dimensions", torch.median, f.uniform())
    for dims, keep in ((None, False), (0, False), (-1, True)):
        named = {} if dims is None else {"dims": [dims]}
        f.case(
            "aminmax",
            f"{dims}{' kept' if keep else ''}",
            lambda x: tuple(torch.aminmax(x, dim=dims, keepdim=keep)),
            TIED,
            keepDim=keep,
            **named,
        )
    for dim in (0, -1):
        for descending in (False, True):
            f.case(
                "argsort",
                f"{dim}{' descending' if descending else ''}",
                lambda x: torch.argsort(x, dim=dim, descending=descending, stable=True),
                TIED,
                grad=False,
                dim=dim,
                descending=descending,
            )
    f.case(
        "sort",
        "no dimensions",
        lambda x: torch.sort(x, stable=True),
        f.uniform(),
        dim=-1,
        descending=False,
    )
    f.case(
        "sort",
        "no elements",
        lambda x: torch.sort(x, stable=True),
        f.uniform(2, 0),
        dim=-1,
        descending=False,
    )
    f.case(
        "sort",
        "bool",
        lambda x: torch.sort(x, stable=True),
        torch.tensor([True, False, True]),
        dim=-1,
        descending=False,
    )
    f.case(
        "sort",
        "bfloat16",
        lambda x: torch.sort(x, stable=True),
        torch.tensor([2.0, -1.0, 0.5]).bfloat16(),
        dim=-1,
        descending=False,
    )
    f.case("topk", "0 of 3", lambda x: torch.topk(x, 0), f.uniform(3), k=0, dim=-1, largest=True)
    f.case(
        "topk",
        "integers",
        lambda x: torch.topk(x, 2, 0, False),
        torch.tensor([5, -3, 4, 0]),
        k=2,
        dim=0,
        largest=False,
    )


def parts(f):
    q = [0.0, 0.3, 0.5, 1.0]
    for way in ("linear", "lower", "higher", "nearest", "midpoint"):
        for dim, keep in ((None, False), (0, False), (-1, True)):
            named = {} if dim is None else {"dim": dim}
            x = torch.randperm(12, generator=f.generator).reshape(3, 4) / 8 - 0.5
            f.case(
                "quantile",
                f"{way} {dim}{' kept' if keep else ''}",
                lambda v: torch.quantile(
                    v, torch.tensor(q, dtype=v.dtype), dim, keep, interpolation=way
                ),
                x,
                q=q,
                keepDim=keep,
                interpolation=way,
                **named,
            )
    f.case(
        "quantileOne",
        "0.25",
        lambda v: torch.quantile(v, 0.25, 0),
        f.uniform(5, 2),
        q=0.25,
        dim=0,
        keepDim=False,
    )
    f.case(
        "quantileOne",
        "all, kept",
        lambda v: torch.quantile(v, 0.75, keepdim=True),
        f.uniform(2, 3),
        q=0.75,
        keepDim=True,
    )
    f.case(
        "quantileOne",
        "NaN",
        lambda v: torch.quantile(v, 0.5, 1),
        WITH_NAN,
        grad=False,
        q=0.5,
        dim=1,
        keepDim=False,
    )
    f.case(
        "quantileOne",
        "no dimensions",
        lambda v: torch.quantile(v, 0.5),
        f.uniform(),
        q=0.5,
        keepDim=False,
    )


def different(f):
    full = dict(return_inverse=True, return_counts=True)
    for title, x in {
        "matrix": torch.tensor([[3.0, 1.0, 3.0], [2.0, 1.0, 1.0]]),
        "integers": torch.tensor([5, -1, 5, 0, 0]),
        "bool": torch.tensor([True, False, True]),
        "no elements": torch.zeros(0, 2),
        "no dimensions": torch.tensor(4.0),
        "one": torch.tensor([[2.0, 2.0]]),
        "NaN": torch.tensor([NAN, 1.0, NAN]),
    }.items():
        f.case("unique", title, lambda v: torch.unique(v, **full), x, grad=False)
        f.case(
            "uniqueConsecutive", title, lambda v: torch.unique_consecutive(v, **full), x, grad=False
        )
    rows = torch.tensor([[2, 1], [1, 3], [2, 1], [1, 2], [1, 3]])
    for dim in (0, 1, -1):
        f.case("uniqueDim", f"{dim}", lambda v: torch.unique(v, dim=dim, **full), rows, dim=dim)
    f.case(
        "uniqueDim",
        "three dimensions",
        lambda v: torch.unique(v, dim=1, **full),
        f.integers(0, 2, 2, 5, 1).float(),
        grad=False,
        dim=1,
    )


def searching(f):
    limits = torch.tensor([1.0, 2.0, 2.0, 4.5])
    values = torch.tensor([[0.0, 1.0, 2.0], [4.5, 9.0, NAN]])
    for right in (False, True):
        tail = " right" if right else ""
        call = lambda s, v: torch.searchsorted(s, v, right=right)
        f.case("searchSorted", f"a vector{tail}", call, limits, values, grad=False, right=right)
        f.case(
            "searchSorted",
            f"rows{tail}",
            call,
            torch.stack([limits, limits + 1]),
            values,
            grad=False,
            right=right,
        )
        f.case(
            "searchSorted",
            f"a number{tail}",
            call,
            limits,
            torch.tensor(2.0),
            grad=False,
            right=right,
        )
        f.case(
            "searchSorted",
            f"integers{tail}",
            call,
            torch.tensor([1, 3, 5]),
            torch.tensor([0, 1, 4, 5, 6]),
            right=right,
        )
        f.case(
            "searchSorted",
            f"float64{tail}",
            call,
            limits.double(),
            values.double(),
            grad=False,
            right=right,
        )
        f.case(
            "searchSorted", f"nothing{tail}", call, limits, torch.zeros(0), grad=False, right=right
        )
        f.case(
            "searchSorted",
            f"in nothing{tail}",
            call,
            torch.zeros(0),
            limits,
            grad=False,
            right=right,
        )
        f.case(
            "bucketize",
            f"matrix{tail}",
            lambda v, b: torch.bucketize(v, b, right=right),
            values,
            limits,
            grad=False,
            right=right,
        )
    x = torch.tensor([2, 0, 5, 2, 2])
    f.case("bincount", "counts", torch.bincount, x, minLength=0)
    f.case("bincount", "at least 9", lambda v: torch.bincount(v, minlength=9), x, minLength=9)
    f.case("bincount", "uint8", torch.bincount, x.to(torch.uint8), minLength=0)
    f.case("bincount", "nothing", lambda v: torch.bincount(v, minlength=2), x[:0], minLength=2)
    f.case(
        "bincount",
        "weights",
        lambda v, w: torch.bincount(v, w),
        x,
        f.uniform(5),
        grad=False,
        minLength=0,
    )
    f.case(
        "bincount",
        "float64 weights",
        lambda v, w: torch.bincount(v, w),
        x,
        f.uniform(5).double(),
        grad=False,
        minLength=0,
    )
    f.case(
        "bincount",
        "integer weights",
        lambda v, w: torch.bincount(v, w),
        x,
        f.integers(0, 9, 5),
        grad=False,
        minLength=0,
    )
    points = torch.tensor([0.0, 0.5, 1.0, 1.5, 2.0, -1.0, 3.0, 2.0])
    f.case(
        "histc",
        "given ends",
        lambda v: torch.histc(v, 4, 0, 2),
        points,
        grad=False,
        bins=4,
        low=0,
        high=2,
    )
    f.case(
        "histc", "own ends", lambda v: torch.histc(v, 5), points, grad=False, bins=5, low=0, high=0
    )
    f.case(
        "histc",
        "one value",
        lambda v: torch.histc(v, 3),
        torch.full((4,), 2.5),
        grad=False,
        bins=3,
        low=0,
        high=0,
    )
    f.case(
        "histc",
        "tenths",
        lambda v: torch.histc(v, 10, 0, 1),
        torch.arange(11) / 10,
        grad=False,
        bins=10,
        low=0,
        high=1,
    )


def write():
    f = Family("Martlet", "order")
    chosen(f)
    parts(f)
    different(f)
    searching(f)
    f.write()
