"""Elements at places: taken, changed, added up."""

import torch
import torch.nn.functional as F

from common import Family, laid_out

MASK = torch.tensor([[True, False, True], [False, True, True]])


def changing(f):
    for dim in (0, 1, -1):
        places = (
            torch.stack([torch.tensor([2, 0, 1])] * 3)
            if dim
            else torch.tensor([[2] * 3, [0] * 3, [1] * 3])
        )
        f.case(
            "scatter",
            f"{dim}",
            lambda x, i, s: x.scatter(dim, i, s),
            f.uniform(3, 3),
            places,
            f.uniform(3, 3),
            dim=dim,
        )
        f.case(
            "scatterValue",
            f"{dim}",
            lambda x, i: x.scatter(dim, i, 1.5),
            f.uniform(3, 3),
            places[:2],
            dim=dim,
            value=1.5,
        )
        f.case(
            "scatterAdd",
            f"{dim}",
            lambda x, i, s: x.scatter_add(dim, i, s),
            f.uniform(3, 3),
            f.integers(0, 3, 2, 3),
            f.uniform(2, 3),
            dim=dim,
        )
    narrow = torch.tensor([[3, 1]])
    f.case(
        "scatter",
        "fewer indices",
        lambda x, i, s: x.scatter(1, i, s),
        f.uniform(2, 4),
        narrow,
        f.uniform(1, 2),
        dim=1,
    )
    f.case(
        "scatterAdd",
        "fewer indices",
        lambda x, i, s: x.scatter_add(1, i, s),
        f.uniform(2, 4),
        narrow,
        f.uniform(1, 2),
        dim=1,
    )
    f.case(
        "scatter",
        "more values",
        lambda x, i, s: x.scatter(1, i, s),
        f.uniform(2, 4),
        narrow,
        f.uniform(2, 3),
        grad=False,
        dim=1,
    )
    f.case(
        "scatterAdd",
        "more values",
        lambda x, i, s: x.scatter_add(1, i, s),
        f.uniform(2, 4),
        narrow,
        f.uniform(2, 3),
        grad=False,
        dim=1,
    )
    f.case(
        "scatter",
        "no dimensions",
        lambda x, i, s: x.scatter(0, i, s),
        f.uniform(),
        torch.tensor(0),
        f.uniform(),
        dim=0,
    )
    f.case(
        "scatterAdd",
        "no dimensions",
        lambda x, i, s: x.scatter_add(0, i, s),
        f.uniform(),
        torch.tensor(0),
        f.uniform(),
        dim=0,
    )
    f.case(
        "scatter",
        "no indices",
        lambda x, i, s: x.scatter(0, i, s),
        f.uniform(2, 2),
        torch.zeros(0, 2, dtype=torch.int64),
        f.uniform(0, 2),
        dim=0,
    )
    for dtype in (torch.int64, torch.int32, torch.uint8, torch.float16, torch.bfloat16):
        x, s = f.integers(0, 9, 4).to(dtype), f.integers(0, 9, 3).to(dtype)
        f.case(
            "scatter",
            str(dtype)[6:],
            lambda x, i, s: x.scatter(0, i, s),
            x,
            torch.tensor([3, 0, 1]),
            s,
            dim=0,
        )
        f.case(
            "scatterAdd",
            str(dtype)[6:],
            lambda x, i, s: x.scatter_add(0, i, s),
            x,
            torch.tensor([3, 0, 3]),
            s,
            dim=0,
        )
    f.case(
        "scatter",
        "bool",
        lambda x, i, s: x.scatter(0, i, s),
        MASK[0],
        torch.tensor([1]),
        torch.tensor([True]),
        dim=0,
    )


def reducing(f):
    for reduction in ("sum", "mean", "prod", "amax", "amin"):
        for include in (True, False):
            function = lambda x, i, s: x.scatter_reduce(dim, i, s, reduction, include_self=include)
            named = dict(reduction=reduction, includeSelf=include)
            tail = "" if include else " without self"
            for dim in (0, 1):
                f.case(
                    "scatterReduce",
                    f"{reduction} of {dim}{tail}",
                    function,
                    f.uniform(3, 4),
                    f.integers(0, 3, 3, 4),
                    f.uniform(3, 4),
                    dim=dim,
                    **named,
                )
            dim = -1
            f.case(
                "scatterReduce",
                f"{reduction}, fewer indices{tail}",
                function,
                f.uniform(2, 4),
                torch.tensor([[1, 1, 0]]),
                f.uniform(1, 3),
                dim=dim,
                **named,
            )
            dim = 0
            f.case(
                "scatterReduce",
                f"{reduction}, no dimensions{tail}",
                function,
                f.uniform(),
                torch.tensor(0),
                f.uniform(),
                dim=dim,
                **named,
            )
            for dtype in (torch.int64, torch.int32, torch.uint8):
                f.case(
                    "scatterReduce",
                    f"{reduction} {str(dtype)[6:]}{tail}",
                    function,
                    f.integers(1, 9, 4, dtype=dtype),
                    torch.tensor([3, 0, 3, 3]),
                    f.integers(1, 9, 4, dtype=dtype),
                    dim=dim,
                    **named,
                )
    dim = 0
    zeros = torch.tensor([0.0, 2.0, 0.0, 3.0, 1.5, 0.0, 4.0])
    places = torch.tensor([0, 0, 1, 1, 2, 1, 3])
    for include in (True, False):
        f.case(
            "scatterReduce",
            f"prod of zeros, {include}",
            lambda x, i, s: x.scatter_reduce(0, i, s, "prod", include_self=include),
            torch.tensor([2.0, 3.0, 0.0, 1.0, 5.0]),
            places,
            zeros,
            dim=0,
            reduction="prod",
            includeSelf=include,
        )
    f.case(
        "scatterReduce",
        "amax ties share",
        lambda x, i, s: x.scatter_reduce(0, i, s, "amax"),
        torch.tensor([2.0, 1.0, 0.0]),
        torch.tensor([0, 0, 1, 1, 1]),
        torch.tensor([2.0, 1.0, 3.0, 3.0, 0.0]),
        dim=0,
        reduction="amax",
        includeSelf=True,
    )


def entries(f):
    i = torch.tensor([2, 0])
    for dim in (0, 1, -1):
        shape = [3, 4, 3]
        shape[dim] = 2
        f.case(
            "indexAdd",
            f"{dim}",
            lambda x, v, s: x.index_add(dim, v, s),
            f.uniform(3, 4, 3),
            i,
            f.uniform(*shape),
            dim=dim,
            alpha=1,
        )
        f.case(
            "indexCopy",
            f"{dim}",
            lambda x, v, s: x.index_copy(dim, v, s),
            f.uniform(3, 4, 3),
            i,
            f.uniform(*shape),
            dim=dim,
        )
        f.case(
            "indexFill",
            f"{dim}",
            lambda x, v: x.index_fill(dim, v, -1.5),
            f.uniform(3, 4, 3),
            i,
            dim=dim,
            value=-1.5,
        )
    again = torch.tensor([1, 1, 0])
    f.case(
        "indexAdd",
        "again and again, times -2",
        lambda x, v, s: x.index_add(0, v, s, alpha=-2),
        f.uniform(2, 2),
        again,
        f.uniform(3, 2),
        dim=0,
        alpha=-2,
    )
    f.case(
        "indexAdd",
        "integers",
        lambda x, v, s: x.index_add(0, v, s),
        f.integers(0, 9, 2),
        again,
        f.integers(0, 9, 3),
        dim=0,
        alpha=1,
    )
    f.case(
        "indexAdd",
        "bfloat16",
        lambda x, v, s: x.index_add(0, v, s),
        f.uniform(2).bfloat16(),
        again,
        f.uniform(3).bfloat16(),
        dim=0,
        alpha=1,
    )
    f.case(
        "indexAdd",
        "no dimensions",
        lambda x, v, s: x.index_add(0, v, s),
        f.uniform(),
        torch.tensor([0]),
        f.uniform(),
        dim=0,
        alpha=1,
    )
    none = torch.zeros(0, dtype=torch.int64)
    f.case(
        "indexCopy",
        "nothing",
        lambda x, v, s: x.index_copy(0, v, s),
        f.uniform(2, 2),
        none,
        f.uniform(0, 2),
        dim=0,
    )
    f.case(
        "indexFill",
        "integers",
        lambda x, v: x.index_fill(0, v, 7),
        f.integers(0, 9, 4),
        i,
        dim=0,
        value=7,
    )
    f.case(
        "indexSelect",
        "no dimensions",
        lambda x, v: x.index_select(0, v),
        f.uniform(),
        torch.tensor([0]),
        dim=0,
    )
    f.case(
        "indexSelect", "nothing", lambda x, v: x.index_select(1, v), f.uniform(2, 3), none, dim=1
    )
    f.case(
        "gather", "no dimensions", lambda x, v: x.gather(0, v), f.uniform(), torch.tensor(0), dim=0
    )
    f.case(
        "gather",
        "fewer indices",
        lambda x, v: x.gather(1, v),
        f.uniform(3, 4),
        torch.tensor([[3, 3], [0, 1]]),
        dim=1,
    )
    f.case(
        "gather",
        "nothing",
        lambda x, v: x.gather(0, v),
        f.uniform(3, 2),
        torch.zeros(0, 2, dtype=torch.int64),
        dim=0,
    )
    f.case("gather", "float16", lambda x, v: x.gather(0, v), f.uniform(3).half(), again, dim=0)
    f.case(
        "takeAlongDim",
        "broadcast indices",
        lambda x, v: torch.take_along_dim(x, v, 1),
        f.uniform(2, 3),
        torch.tensor([[2, 0]]),
        dim=1,
    )
    f.case(
        "takeAlongDim",
        "broadcast entries",
        lambda x, v: torch.take_along_dim(x, v, -1),
        f.uniform(1, 3),
        f.integers(0, 3, 2, 2),
        dim=-1,
    )
    f.case(
        "takeAlongDim",
        "flattened",
        lambda x, v: torch.take_along_dim(x, v),
        f.uniform(2, 3),
        torch.tensor([5, 0, 5]),
    )
    f.case("take", "matrix of places", torch.take, f.uniform(2, 3), torch.tensor([[5, -1], [0, 0]]))
    f.case("take", "no dimensions", torch.take, f.uniform(2, 3), torch.tensor(4))
    f.case(
        "put",
        "values",
        lambda x, v, s: x.put(v, s),
        f.uniform(2, 3),
        torch.tensor([[5, 0], [-5, 2]]),
        f.uniform(4),
        accumulate=False,
    )
    f.case(
        "put",
        "added",
        lambda x, v, s: x.put(v, s, accumulate=True),
        f.uniform(2, 3),
        torch.tensor([5, 0, 5]),
        f.uniform(3),
        accumulate=True,
    )
    f.case("oneHot", "a number", lambda v: F.one_hot(v, 3), torch.tensor(2), classes=3)
    f.case("oneHot", "nothing", lambda v: F.one_hot(v, 3), none, classes=3)


def masks(f):
    f.case(
        "maskedSelect", "elements broadcast", lambda x, m: x.masked_select(m), f.uniform(3), MASK
    )
    f.case(
        "maskedSelect",
        "no dimensions",
        lambda x, m: x.masked_select(m),
        f.uniform(),
        torch.tensor(True),
    )
    f.case(
        "maskedSelect", "nothing", lambda x, m: x.masked_select(m), f.uniform(2, 3), MASK & ~MASK
    )
    f.case(
        "maskedScatter",
        "values",
        lambda x, m, s: x.masked_scatter(m, s),
        f.uniform(2, 3),
        MASK,
        f.uniform(5),
    )
    f.case(
        "maskedScatter",
        "broadcast",
        lambda x, m, s: x.masked_scatter(m, s),
        f.uniform(2, 3),
        MASK[0],
        f.uniform(2, 2),
    )
    f.case(
        "maskedScatter",
        "integers",
        lambda x, m, s: x.masked_scatter(m, s),
        f.integers(0, 9, 2, 3),
        MASK,
        f.integers(0, 9, 4),
    )
    f.case("nonzero", "no dimensions", torch.nonzero, torch.tensor(3))
    f.case("nonzero", "no dimensions, 0", torch.nonzero, torch.tensor(0.0), grad=False)
    f.case("nonzero", "three dimensions", torch.nonzero, f.integers(0, 2, 2, 2, 3))
    f.case("nonzero", "no elements", torch.nonzero, torch.zeros(0, 2), grad=False)


def write():
    f = Family("Martlet", "scattering")
    changing(f)
    reducing(f)
    entries(f)
    masks(f)
    f.write()
