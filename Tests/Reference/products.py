"""Matrix products and convolutions."""

import torch
import torch.nn.functional as F

from common import Family, laid_out


def products():
    f = Family("Martlet", "products")
    shapes = {
        "vectors": ((4,), (4,)),
        "matrix and vector": ((3, 4), (4,)),
        "vector and matrix": ((4,), (4, 2)),
        "matrices": ((3, 4), (4, 5)),
        "one column": ((3, 4), (4, 1)),
        "batch": ((2, 3, 4), (2, 4, 5)),
        "batch and matrix": ((2, 3, 4), (4, 5)),
        "matrix and batch": ((3, 4), (2, 4, 5)),
        "batches broadcast": ((2, 1, 3, 4), (3, 4, 2)),
        "batch and vector": ((2, 3, 4), (4,)),
    }
    for title, (a, b) in shapes.items():
        f.case("matmul", title, torch.matmul, f.uniform(*a), f.uniform(*b))
    for a in ("strided", "transposed"):
        for b in ("contiguous", "strided", "transposed"):
            f.case(
                "matmul",
                f"{a} and {b}",
                torch.matmul,
                laid_out(f.uniform(3, 4), a),
                laid_out(f.uniform(4, 5), b),
            )
            f.case(
                "matmul",
                f"batches {a} and {b}",
                torch.matmul,
                laid_out(f.uniform(2, 3, 4), a),
                laid_out(f.uniform(2, 4, 2), b),
            )
    f.case(
        "matmul",
        "float64",
        torch.matmul,
        f.uniform(3, 4, dtype=torch.float64),
        f.uniform(4, 5, dtype=torch.float64),
    )
    f.case(
        "matmul",
        "float32 and float64",
        lambda a, b: a.double() @ b,
        f.uniform(3, 4),
        f.uniform(4, 2, dtype=torch.float64),
    )
    f.case("linear", "with bias", F.linear, f.uniform(3, 4), f.uniform(5, 4), f.uniform(5))
    f.case("linear", "without bias", F.linear, f.uniform(3, 4), f.uniform(5, 4))
    f.case("linear", "more dimensions", F.linear, f.uniform(2, 3, 4), f.uniform(5, 4), f.uniform(5))
    f.case("linear", "one row", F.linear, f.uniform(4), f.uniform(5, 4), f.uniform(5))
    f.case(
        "linear",
        "transposed rows",
        F.linear,
        laid_out(f.uniform(3, 4), "transposed"),
        laid_out(f.uniform(5, 4), "transposed"),
        f.uniform(5),
    )
    f.write()


def convolutions():
    f = Family("Martlet", "convolutions")

    def case(
        name,
        n,
        i,
        o,
        size,
        kernel,
        stride=(1, 1),
        padding=(0, 0),
        dilation=(1, 1),
        groups=1,
        bias=True,
        layout=None,
        dtype=torch.float32,
    ):
        x = laid_out(f.uniform(n, i, *size, dtype=dtype), layout)
        w = f.uniform(o, i // groups, *kernel, low=-1, high=1, dtype=dtype)
        b = [f.uniform(o, dtype=dtype)] if bias else []
        f.case(
            "conv2d",
            name,
            lambda x, w, b=None: F.conv2d(x, w, b, stride, padding, dilation, groups),
            x,
            w,
            *b,
            stride=stride,
            padding=padding,
            dilation=dilation,
            groups=groups,
        )

    case("plain", 2, 3, 4, (5, 5), (3, 3))
    case("padding", 1, 2, 3, (4, 4), (3, 3), padding=(1, 1))
    case("1 x 1", 2, 3, 4, (3, 3), (1, 1))
    case("1 x 1 with stride", 1, 3, 4, (5, 5), (1, 1), stride=(2, 2), bias=False)
    case("stride", 1, 2, 3, (6, 5), (3, 3), stride=(2, 2), padding=(1, 1))
    case("oblong", 1, 2, 3, (5, 6), (1, 3), stride=(1, 2), padding=(0, 1))
    case("dilation", 1, 2, 2, (6, 6), (3, 3), dilation=(2, 2))
    case(
        "stride, padding and dilation",
        1,
        2,
        2,
        (7, 6),
        (2, 3),
        stride=(2, 1),
        padding=(1, 2),
        dilation=(1, 2),
    )
    case("groups", 1, 4, 6, (4, 4), (3, 3), padding=(1, 1), groups=2)
    case("depthwise", 2, 3, 3, (4, 4), (3, 3), padding=(1, 1), groups=3, bias=False)
    case("depthwise with stride", 1, 4, 4, (5, 5), (3, 3), stride=(2, 2), padding=(1, 1), groups=4)
    case("depthwise with two outputs each", 1, 2, 4, (4, 4), (3, 3), groups=2)
    case("kernel of the input's size", 2, 2, 3, (3, 3), (3, 3))
    case("one channel, 5 x 5", 1, 1, 2, (6, 6), (5, 5), padding=(2, 2))
    case("channels-last", 2, 3, 4, (4, 4), (3, 3), padding=(1, 1), layout="channelsLast")
    case("strided input", 1, 2, 3, (4, 4), (3, 3), layout="strided")
    case("rows that the stride skips", 1, 1, 1, (6, 6), (2, 2), stride=(4, 4))
    case("float64", 1, 2, 3, (4, 4), (3, 3), stride=(2, 2), padding=(1, 1), dtype=torch.float64)
    f.write()


def write():
    products()
    convolutions()
