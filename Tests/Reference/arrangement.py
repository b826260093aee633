"""Views, joins, places, order and softmax."""

import torch
import torch.nn.functional as F

from common import Family, laid_out

NAN, INF = float("nan"), float("inf")


def views():
    f = Family("Martlet", "views")
    x = lambda layout=None: laid_out(f.uniform(2, 3, 4), layout)
    for layout in (None, "strided", "transposed"):
        tail = f" {layout}" if layout else ""
        f.case("reshape", "4, -1" + tail, lambda v: v.reshape(4, -1), x(layout), shape=[4, -1])
        f.case(
            "reshape", "2, 1, 12" + tail, lambda v: v.reshape(2, 1, 12), x(layout), shape=[2, 1, 12]
        )
        f.case("flatten", "all" + tail, lambda v: v.flatten(), x(layout), dims=[0, -1])
        f.case("flatten", "1 to 2" + tail, lambda v: v.flatten(1), x(layout), dims=[1, 2])
        f.case(
            "permute", "2, 0, -2" + tail, lambda v: v.permute(2, 0, -2), x(layout), dims=[2, 0, -2]
        )
        f.case("transpose", "0, -1" + tail, lambda v: v.transpose(0, -1), x(layout), dims=[0, -1])
        f.case(
            "slice",
            "1 to 3 of -1" + tail,
            lambda v: v[..., 1:3],
            x(layout),
            dim=-1,
            start=1,
            end=3,
            step=1,
        )
        f.case(
            "slice",
            "every second" + tail,
            lambda v: v[:, ::2],
            x(layout),
            dim=1,
            start=0,
            end=99,
            step=2,
        )
        f.case(
            "slice",
            "from the end" + tail,
            lambda v: v[..., -3:-1],
            x(layout),
            dim=2,
            start=-3,
            end=-1,
            step=1,
        )
        f.case("select", "-1 of 1" + tail, lambda v: v.select(1, -1), x(layout), dim=1, index=-1)
        f.case("flip", "0 and -1" + tail, lambda v: v.flip(0, -1), x(layout), dims=[0, -1])
    f.case("slice", "nothing", lambda v: v[2:1], f.uniform(4), dim=0, start=2, end=1, step=1)
    f.case("squeeze", "all", torch.squeeze, f.uniform(1, 3, 1, 2))
    f.case("squeeze", "-2", lambda v: v.squeeze(-2), f.uniform(1, 3, 1, 2), dim=-2)
    f.case("squeeze", "not 1", lambda v: v.squeeze(1), f.uniform(1, 3, 1, 2), dim=1)
    for dim in (0, 1, -1):
        f.case("unsqueeze", f"{dim}", lambda v: v.unsqueeze(dim), f.uniform(2, 3), dim=dim)
    f.case("expand", "rows", lambda v: v.expand(3, 4), f.uniform(1, 4), shape=[3, 4])
    f.case(
        "expand", "new dimensions", lambda v: v.expand(2, 3, -1), f.uniform(3, 1), shape=[2, 3, -1]
    )
    f.case(
        "reshape",
        "an expansion",
        lambda v: v.expand(3, 4).reshape(6, 2),
        f.uniform(4),
        shape=[6, 2],
        expanded=[3, 4],
    )
    for dim in (0, 1, -1):
        f.case(
            "cat",
            f"{dim}",
            lambda *v: torch.cat(v, dim),
            f.uniform(2, 3),
            laid_out(f.uniform(2, 3), "transposed"),
            f.uniform(2, 3),
            dim=dim,
        )
    f.case(
        "cat",
        "channels of channels-last",
        lambda *v: torch.cat(v, 1),
        laid_out(f.uniform(2, 3, 2, 2), "channelsLast"),
        laid_out(f.uniform(2, 1, 2, 2), "channelsLast"),
        dim=1,
    )
    f.case(
        "cat",
        "mixed types",
        lambda *v: torch.cat(v),
        torch.tensor([1, 2]),
        torch.tensor([0.5]),
        grad=False,
        dim=0,
    )
    for dim in (0, 1, -1):
        f.case(
            "stack",
            f"{dim}",
            lambda *v: torch.stack(v, dim),
            f.uniform(2, 3),
            f.uniform(2, 3),
            dim=dim,
        )
    f.case(
        "split", "1, 3", lambda v: torch.split(v, [1, 3], -1), f.uniform(2, 4), sizes=[1, 3], dim=-1
    )
    f.case("chunk", "of 7 in 3", lambda v: torch.chunk(v, 3), f.uniform(7), count=3, dim=0)
    f.case(
        "pad",
        "both dimensions",
        lambda v: F.pad(v, (1, 2, 0, 1), value=0.5),
        f.uniform(2, 3),
        amounts=[1, 2, 0, 1],
        value=0.5,
    )
    f.case(
        "pad",
        "channels-last",
        lambda v: F.pad(v, (1, 1, 2, 0)),
        laid_out(f.uniform(1, 2, 2, 3), "channelsLast"),
        amounts=[1, 1, 2, 0],
        value=0,
    )
    f.write()


def indexing():
    f = Family("Martlet", "indexing")
    i = torch.tensor([2, 0, 2])
    for dim in (0, 1, -1):
        f.case(
            "indexSelect",
            f"{dim}",
            lambda x, v: x.index_select(dim, v),
            f.uniform(3, 4, 3),
            i,
            dim=dim,
        )
    f.case(
        "indexSelect",
        "strided, int32",
        lambda x, v: x.index_select(0, v),
        laid_out(f.uniform(3, 2), "strided"),
        i.int(),
        dim=0,
    )
    f.case(
        "indexSelect",
        "bytes",
        lambda x, v: x.index_select(0, v),
        torch.tensor([7, 8, 9], dtype=torch.uint8),
        i,
        dim=0,
    )
    for dim in (0, 1, -1):
        places = f.integers(0, 3, 3, 3, 3)
        f.case(
            "gather", f"{dim}", lambda x, v: x.gather(dim, v), f.uniform(3, 3, 3), places, dim=dim
        )
        f.case(
            "scatterAdd",
            f"{dim}",
            lambda x, v, s: x.scatter_add(dim, v, s),
            f.uniform(3, 3, 3),
            places,
            f.uniform(3, 3, 3),
            dim=dim,
        )
    f.case(
        "gather",
        "more than there are",
        lambda x, v: x.gather(1, v),
        f.uniform(2, 2),
        torch.tensor([[0, 1, 1], [1, 1, 0]]),
        dim=1,
    )
    f.case(
        "oneHot", "4 classes", lambda v: F.one_hot(v, 4), torch.tensor([[0, 3], [1, 1]]), classes=4
    )
    mask = torch.tensor([[True, False, True], [False, True, True]])
    f.case("maskedSelect", "matrix", lambda x, m: x.masked_select(m), f.uniform(2, 3), mask)
    f.case(
        "maskedSelect",
        "broadcast",
        lambda x, m: x.masked_select(m),
        laid_out(f.uniform(2, 3), "transposed"),
        mask[0],
    )
    f.case("nonzero", "matrix", torch.nonzero, torch.tensor([[0.0, 2.0], [NAN, 0.0]]), grad=False)
    f.case("nonzero", "nothing", torch.nonzero, torch.zeros(3, dtype=torch.bool), grad=False)
    for dim in (0, 1, -1):
        f.case("cumsum", f"{dim}", lambda x: x.cumsum(dim), f.uniform(2, 3, 4), dim=dim)
    f.case("cumsum", "bool", lambda x: x.cumsum(0), mask, dim=0)
    f.case(
        "cumsum",
        "transposed",
        lambda x: x.cumsum(0),
        laid_out(f.uniform(3, 2), "transposed"),
        dim=0,
    )
    tied = torch.tensor([[3.0, 1.0, 3.0, 2.0], [1.0, 1.0, -1.0, 1.0]])
    for descending in (False, True):
        f.case(
            "sort",
            f"ties{' descending' if descending else ''}",
            lambda x: torch.sort(x, dim=-1, descending=descending, stable=True),
            tied,
            dim=-1,
            descending=descending,
        )
        f.case(
            "sort",
            f"dimension 0{' descending' if descending else ''}",
            lambda x: torch.sort(x, dim=0, descending=descending, stable=True),
            laid_out(f.uniform(4, 2), "transposed"),
            dim=0,
            descending=descending,
        )
        f.case(
            "sort",
            f"NaN{' descending' if descending else ''}",
            lambda x: torch.sort(x, dim=0, descending=descending, stable=True),
            torch.tensor([1.0, NAN, -INF, INF, 0.0]),
            grad=False,
            dim=0,
            descending=descending,
        )
        f.case(
            "sort",
            f"integers{' descending' if descending else ''}",
            lambda x: torch.sort(x, dim=0, descending=descending, stable=True),
            torch.tensor([5, -3, 5, 0]),
            dim=0,
            descending=descending,
        )
    distinct = torch.tensor([[3.0, 1.0, 4.0, 2.0], [1.5, -1.0, 0.5, 9.0]])
    for largest in (True, False):
        f.case(
            "topk",
            f"2 {'largest' if largest else 'smallest'}",
            lambda x: torch.topk(x, 2, -1, largest),
            distinct,
            k=2,
            dim=-1,
            largest=largest,
        )
    f.case("topk", "dimension 0", lambda x: torch.topk(x, 1, 0), distinct, k=1, dim=0, largest=True)
    f.write()


def softmax():
    f = Family("Martlet", "softmax")
    for name, function in {"softmax": F.softmax, "logSoftmax": F.log_softmax}.items():
        for dim in (0, 1, -1):
            f.case(name, f"{dim}", lambda x: function(x, dim), f.uniform(2, 3, 4), dim=dim)
        f.case(
            name,
            "transposed",
            lambda x: function(x, 1),
            laid_out(f.uniform(3, 4), "transposed"),
            dim=1,
        )
        f.case(
            name,
            "large",
            lambda x: function(x, 1),
            torch.tensor([[1000.0, 1001.0, 999.0], [-1000.0, 0.0, 1000.0]]),
            dim=1,
        )
        f.case(
            name,
            "infinities",
            lambda x: function(x, 1),
            torch.tensor([[0.0, -INF, 1.0]]),
            grad=False,
            dim=1,
        )
    f.write()


def write():
    views()
    indexing()
    softmax()
