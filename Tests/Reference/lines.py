"""What works on the lines of a dimension, wherever these lie in memory and however long they are."""

import torch

from common import Family

NAN, INF = float("nan"), float("inf")


def pair(y):
    return y.values, y.indices


ALONG = {
    "sort": (lambda x, d: pair(x.sort(dim=d, stable=True, descending=True)), {"descending": True}),
    "topk": (lambda x, d: pair(x.topk(2, d)), {"k": 2, "largest": True}),
    "kthvalue": (lambda x, d: pair(x.kthvalue(2, d)), {"k": 2, "keepDim": False}),
    "medianDim": (lambda x, d: pair(x.median(d, True)), {"keepDim": True}),
    "cummax": (lambda x, d: pair(x.cummax(d)), {}),
    "cummin": (lambda x, d: pair(x.cummin(d)), {}),
    "cumsum": (lambda x, d: x.cumsum(d), {}),
    "cumprod": (lambda x, d: x.cumprod(d), {}),
    "logCumSumExp": (lambda x, d: x.logcumsumexp(d), {}),
    "quantileOne": (lambda x, d: x.quantile(0.3, d), {"q": 0.3, "keepDim": False}),
}


def different(f, *shape):
    """Numbers of which no two are equal."""
    count = torch.Size(shape).numel()
    return (torch.randperm(count, generator=f.generator) / 8 - count / 16).reshape(shape)


def layouts(f):
    for name, (function, more) in ALONG.items():
        for dim in range(3):
            x = different(f, 2, 3, 4)
            title = f"{dim}"
            f.case(name, title, lambda v: function(v, dim), x, dim=dim, **more)
        x = different(f, 2, 3, 2, 2)
        f.case(name, "four dimensions", lambda v: function(v, 1), x, dim=1, **more)
        call = lambda v: function(v, 0)
        f.case(name, "lines of two", call, different(f, 2, 1, 3), dim=0, **more)
    x = f.integers(0, 3, 4, 6)
    for dim in (0, 1):
        call = lambda v: pair(v.mode(dim))
        f.case("mode", f"{dim}", call, x, dim=dim, keepDim=False)
    one = different(f, 3, 1, 2)
    call = lambda v: v.quantile(torch.tensor([0.0, 0.7], dtype=v.dtype), 1)
    f.case(
        "quantile",
        "lines of one",
        call,
        one,
        q=[0.0, 0.7],
        dim=1,
        keepDim=False,
        interpolation="linear",
    )
    full = dict(return_inverse=True, return_counts=True)
    f.case("unique", "matrix", lambda v: torch.unique(v, **full), x)
    limits = torch.tensor([-0.5, 0.25, 1.0])
    values = different(f, 3, 4)
    call = lambda s, v: torch.searchsorted(s, v)
    f.case("searchSorted", "matrix", call, limits, values, grad=False, right=False)
    call = lambda v: torch.histc(v, 4, -1, 1)
    f.case("histc", "matrix", call, values, grad=False, bins=4, low=-1, high=1)
    f.case("countNonzero", "matrix", torch.count_nonzero, x)
    signs = torch.tensor([0.0, -0.0, NAN, INF, 1e-40])
    f.case("countNonzero", "zeros of both signs", torch.count_nonzero, signs, grad=False)
    for dtype in (torch.float16, torch.bfloat16, torch.float64, torch.int32, torch.uint8):
        call = torch.count_nonzero
        f.case(
            "countNonzero", str(dtype)[6:], call, torch.tensor([0, 3, 1, 0]).to(dtype), grad=False
        )


def types(f):
    wide = torch.tensor([3, -(2**40), 2**40, 0, 2**62, -(2**62), 5])
    f.case("sort", "numbers far apart", lambda v: pair(v.sort()), wide, dim=-1, descending=False)
    f.case(
        "kthvalue",
        "numbers far apart",
        lambda v: pair(v.kthvalue(6)),
        wide,
        k=6,
        dim=-1,
        keepDim=False,
    )
    ends = torch.tensor([2**31 - 1, -(2**31), 0, -1, 1], dtype=torch.int32)
    f.case("sort", "int32's ends", lambda v: pair(v.sort()), ends, dim=-1, descending=False)
    odd = torch.tensor([0.0, NAN, -0.0, INF, -INF, NAN, -1.0, 0.0])
    for dtype in (torch.float32, torch.float64, torch.float16, torch.bfloat16):
        for down in (False, True):
            f.case(
                "sort",
                f"odd numbers of {str(dtype)[6:]}{' descending' if down else ''}",
                lambda v: pair(v.sort(stable=True, descending=down)),
                odd.to(dtype),
                grad=False,
                dim=-1,
                descending=down,
            )
    for dtype in (torch.float16, torch.bfloat16, torch.int32, torch.uint8, torch.int64):
        x = torch.tensor([[3, 7, 7], [1, 0, 2], [5, 7, 1], [5, 9, 0]]).to(dtype)
        for name in ("cummax", "cummin"):
            call = lambda v: pair(getattr(v, name)(0))
            f.case(name, str(dtype)[6:], call, x, grad=False, dim=0)
    f.case("cummin", "bool", lambda v: pair(v.cummin(0)), torch.tensor([True, False, True]), dim=0)
    for dtype in (torch.float64, torch.bfloat16):
        call = lambda v: v.logcumsumexp(0)
        f.case("logCumSumExp", str(dtype)[6:], call, f.uniform(4).to(dtype), grad=False, dim=0)
    start = torch.tensor([[-INF, -INF, 1.0, 2.0], [0.0, INF, 1.0, INF], [1.0, NAN, 2.0, -INF]])
    f.case("logCumSumExp", "ends", lambda v: v.logcumsumexp(1), start, grad=False, dim=1)
    f.case(
        "logCumSumExp", "ends of columns", lambda v: v.logcumsumexp(0), start.T, grad=False, dim=0
    )
    f.case(
        "logCumSumExp",
        "small behind great",
        lambda v: v.logcumsumexp(0),
        torch.tensor([0.0, -20.0, -18.0]),
        dim=0,
    )


def long(f):
    x = different(f, 2, 120)
    for name in ("sort", "topk", "kthvalue", "medianDim", "cummax", "logCumSumExp", "quantileOne"):
        function, more = ALONG[name]
        f.case(name, "long lines", lambda v: function(v, 1), x / 8, grad=False, dim=1, **more)
    x = f.integers(0, 7, 2, 120)
    full = dict(return_inverse=True, return_counts=True)
    f.case("unique", "long", lambda v: torch.unique(v, **full), x)
    f.case("bincount", "long", lambda v: v.bincount(minlength=0), x[0], minLength=0)


def write():
    f = Family("Martlet", "lines")
    layouts(f)
    types(f)
    long(f)
    f.write()
