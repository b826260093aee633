"""Statistics, norms, distances, and what runs along a dimension."""

import torch
import torch.nn.functional as F

from common import Family, laid_out

NAN, INF = float("nan"), float("inf")
GAPS = torch.tensor([[1.0, NAN, 3.0], [NAN, 2.0, 0.0]])
OVER = [(None, False), ((0,), False), ((-1,), True), ((0, 1), True)]


def sums(f):
    functions = {
        "nanSum": lambda x, d, k: x.nansum(d, k),
        "nanMean": lambda x, d, k: x.nanmean(d, k),
        "varMean": lambda x, d, k: torch.var_mean(x, d, keepdim=k),
    }
    for name, function in functions.items():
        for dims, keep in OVER:
            named = dict(keepDim=keep, **({} if dims is None else {"dims": dims}))
            f.case(
                name,
                f"{dims}{' kept' if keep else ''}",
                lambda x: function(x, dims, keep),
                f.uniform(2, 3),
                **named,
            )
            if name != "varMean":
                f.case(
                    name,
                    f"NaN {dims}{' kept' if keep else ''}",
                    lambda x: function(x, dims, keep),
                    GAPS,
                    **named,
                )
    f.case(
        "varMean",
        "uncorrected",
        lambda x: torch.var_mean(x, 1, correction=0),
        f.uniform(2, 3),
        dims=[1],
        keepDim=False,
        correction=0,
    )
    f.case(
        "nanSum", "nothing but NaN", torch.nansum, torch.tensor([NAN]), grad=False, keepDim=False
    )
    f.case(
        "nanMean", "nothing but NaN", torch.nanmean, torch.tensor([NAN]), grad=False, keepDim=False
    )
    for dims in (None, (0,), (-1, 0)):
        named = {} if dims is None else {"dims": dims}
        f.case(
            "countNonzero", f"{dims}", lambda x: x.count_nonzero(dims), GAPS, grad=False, **named
        )
    f.case("countNonzero", "integers", torch.count_nonzero, torch.tensor([0, 3, -1]))
    for name, function in {
        "sum": lambda x: x.sum(-1),
        "mean": lambda x: x.mean(0),
        "max": lambda x: x.amax(0),
    }.items():
        f.case(
            name,
            "no dimensions",
            function,
            f.uniform(),
            dims=[-1 if name == "sum" else 0],
            keepDim=False,
        )
    for correction in (0, 1, 2):
        f.case(
            "cov",
            f"{correction}",
            lambda x: torch.cov(x, correction=correction),
            f.uniform(3, 4),
            correction=correction,
        )
    f.case("cov", "a vector", torch.cov, f.uniform(5), correction=1)
    f.case("corrcoef", "matrix", torch.corrcoef, f.uniform(3, 5))
    f.case("corrcoef", "a vector", torch.corrcoef, f.uniform(5))


def along(f):
    for times, dim in ((1, -1), (2, 0), (9, 1), (0, 0)):
        f.case(
            "diff",
            f"{times} of {dim}",
            lambda x: x.diff(times, dim),
            f.uniform(3, 4),
            times=times,
            dim=dim,
        )
    f.case("diff", "bool", lambda x: x.diff(), torch.tensor([True, False, False]), times=1, dim=-1)
    f.case("diff", "integers", lambda x: x.diff(), torch.tensor([3, 1, 4]), times=1, dim=-1)
    for step, dim in ((1, -1), (0.5, 0)):
        f.case(
            "trapezoid",
            f"{step} of {dim}",
            lambda x: torch.trapezoid(x, dx=step, dim=dim),
            f.uniform(3, 4),
            step=step,
            dim=dim,
        )
    f.case("trapezoid", "one point", lambda x: torch.trapezoid(x), f.uniform(2, 1), step=1, dim=-1)
    pair = lambda y: (y.values, y.indices)
    for name, function in {"cummax": torch.cummax, "cummin": torch.cummin}.items():
        call = lambda x: pair(function(x, dim))
        for dim in (0, -1):
            f.case(name, f"{dim}", call, f.uniform(3, 5), dim=dim)
        dim = 0
        f.case(name, "ties", call, torch.tensor([1.0, 1.0, 0.0, 1.0, 2.0, 0.0, 2.0]), dim=0)
        f.case(name, "NaN", call, torch.tensor([1.0, NAN, 3.0, NAN, -1.0]), grad=False, dim=0)
        f.case(name, "integers", call, torch.tensor([3, 1, 3, 5, 0]), dim=0)
        f.case(name, "no elements", call, f.uniform(0, 2), dim=0)
        f.case(name, "no dimensions", call, f.uniform(), dim=0)
    for dim in (0, -1):
        f.case("logCumSumExp", f"{dim}", lambda x: x.logcumsumexp(dim), f.uniform(3, 5), dim=dim)
        f.case("cumprod", f"{dim}", lambda x: x.cumprod(dim), f.uniform(2, 4), dim=dim)
    f.case(
        "logCumSumExp",
        "large and infinite",
        lambda x: x.logcumsumexp(0),
        torch.tensor([-INF, 1000.0, -1000.0, 1001.0]),
        grad=False,
        dim=0,
    )
    f.case("logCumSumExp", "no dimensions", lambda x: x.logcumsumexp(0), f.uniform(), dim=0)
    f.case(
        "cumprod", "zeros", lambda x: x.cumprod(0), torch.tensor([2.0, 0.0, 3.0, 0.0, 1.5]), dim=0
    )
    f.case("cumprod", "no elements", lambda x: x.cumprod(0), f.uniform(0), dim=0)
    for name, function in {"cumprod": torch.cumprod, "cumsum": torch.cumsum}.items():
        f.case(name, "no dimensions", lambda x: function(x, 0), f.uniform(), dim=0)
        f.case(
            name, "int32", lambda x: function(x, 0), f.integers(-3, 3, 4, dtype=torch.int32), dim=0
        )
        f.case(name, "bool", lambda x: function(x, 0), torch.tensor([True, True, False]), dim=0)
        f.case(name, "float16", lambda x: function(x, 0), f.uniform(4).half(), dim=0)
        f.case(
            name,
            "three dimensions",
            lambda x: function(x, 1),
            laid_out(f.uniform(2, 3, 2), "transposed"),
            dim=1,
        )


def norms(f):
    for p in (2, 1, 3, 0.5, 0, INF, -INF, -1):
        text = str(p) if abs(p) == INF else p
        for dims, keep in OVER:
            named = dict(p=text, keepDim=keep, **({} if dims is None else {"dims": dims}))
            f.case(
                "norm",
                f"{p} {dims}{' kept' if keep else ''}",
                lambda x: torch.linalg.vector_norm(x, p, dims, keep),
                f.uniform(2, 3),
                **named,
            )
        f.case(
            "normalized", f"{p}", lambda x: F.normalize(x, p, -1), f.uniform(2, 3), p=text, dim=-1
        )
        f.case(
            "dist",
            f"{p}",
            lambda a, b: torch.dist(a, b, p),
            f.uniform(2, 3),
            f.uniform(3),
            grad=p != 0,
            p=text,
        )
    for p in (2, 1, 3, INF, 0.5):
        text = str(p) if abs(p) == INF else p
        f.case(
            "norm",
            f"{p} of zeros",
            lambda x: torch.linalg.vector_norm(x, p, 1),
            torch.tensor([[0.0, 0.0], [0.0, 3.0]]),
            p=text,
            dims=[1],
            keepDim=False,
        )
        f.case(
            "cdist",
            f"{p}",
            lambda a, b: torch.cdist(a, b, p, "donot_use_mm_for_euclid_dist"),
            f.uniform(3, 2),
            f.uniform(2, 2),
            p=text,
        )
        f.case("pdist", f"{p}", lambda x: F.pdist(x, p), f.uniform(4, 2), p=text)
    f.case(
        "norm",
        "float16",
        lambda x: torch.linalg.vector_norm(x),
        f.uniform(4).half(),
        p=2,
        keepDim=False,
    )
    f.case(
        "norm",
        "no dimensions",
        lambda x: torch.linalg.vector_norm(x),
        f.uniform(),
        p=2,
        keepDim=False,
    )
    f.case(
        "normalized",
        "zeros",
        lambda x: F.normalize(x, dim=0),
        torch.zeros(3),
        grad=False,
        p=2,
        dim=0,
    )
    f.case(
        "cdist",
        "batches",
        lambda a, b: torch.cdist(a, b),
        f.uniform(2, 1, 3, 2),
        f.uniform(3, 2, 2),
        p=2,
    )
    f.case(
        "cdist", "nothing", lambda a, b: torch.cdist(a, b), f.uniform(0, 2), f.uniform(3, 2), p=2
    )
    f.case("pdist", "one row", lambda x: F.pdist(x), f.uniform(1, 2), grad=False, p=2)
    for dim in (0, 1, -1):
        f.case(
            "cosineSimilarity",
            f"{dim}",
            lambda a, b: F.cosine_similarity(a, b, dim),
            f.uniform(2, 3),
            f.uniform(2, 3),
            dim=dim,
            eps=1e-8,
        )
    f.case(
        "cosineSimilarity",
        "broadcast",
        lambda a, b: F.cosine_similarity(a, b, -1),
        f.uniform(2, 1, 3),
        f.uniform(2, 3),
        dim=-1,
        eps=1e-8,
    )
    f.case(
        "cosineSimilarity",
        "zeros",
        lambda a, b: F.cosine_similarity(a, b, 0, 0.1),
        torch.zeros(3),
        f.uniform(3),
        grad=False,
        dim=0,
        eps=0.1,
    )


def write():
    f = Family("Martlet", "statistics")
    sums(f)
    along(f)
    norms(f)
    f.write()
