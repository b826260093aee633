"""Pooling and batch normalisation."""

import torch
import torch.nn.functional as F

from common import Family, laid_out

NAN, INF = float("nan"), float("inf")


def pooling():
    f = Family("Martlet", "pooling")
    settings = {
        "2": dict(kernel=(2, 2)),
        "3 by 2 with stride 2 by 1": dict(kernel=(3, 2), stride=(2, 1)),
        "padding": dict(kernel=(3, 3), stride=(2, 2), padding=(1, 1)),
        "ceil": dict(kernel=(2, 2), stride=(2, 2), ceil=True),
        "ceil and padding": dict(kernel=(3, 3), stride=(2, 2), padding=(1, 1), ceil=True),
        "ceil that drops a window": dict(kernel=(2, 2), stride=(3, 3), padding=(1, 1), ceil=True),
        "overlapping": dict(kernel=(3, 3), stride=(1, 1), padding=(1, 1)),
    }
    for title, s in settings.items():
        stride, padding, ceil = (
            s.get("stride", s["kernel"]),
            s.get("padding", (0, 0)),
            s.get("ceil", False),
        )
        common = dict(kernel=s["kernel"], stride=stride, padding=padding, ceil=ceil)
        for layout in (None, "channelsLast", "strided") if title == "padding" else (None,):
            tail = f" {layout}" if layout else ""
            x = laid_out(f.uniform(1, 2, 5, 6), layout)
            f.case(
                "maxPool2d",
                title + tail,
                lambda v: F.max_pool2d(v, s["kernel"], stride, padding, 1, ceil),
                x,
                dilation=(1, 1),
                **common,
            )
            for count in (True, False):
                f.case(
                    "avgPool2d",
                    f"{title}{tail}{'' if count else ', padding does not count'}",
                    lambda v: F.avg_pool2d(v, s["kernel"], stride, padding, ceil, count),
                    laid_out(x.clone(), layout),
                    count=count,
                    **common,
                )
    f.case(
        "maxPool2d",
        "dilation",
        lambda v: F.max_pool2d(v, (2, 3), (1, 2), (1, 1), (2, 1)),
        f.uniform(1, 2, 5, 5),
        kernel=(2, 3),
        stride=(1, 2),
        padding=(1, 1),
        dilation=(2, 1),
        ceil=False,
    )
    f.case(
        "avgPool2d",
        "divisor",
        lambda v: F.avg_pool2d(v, 2, divisor_override=3),
        f.uniform(1, 2, 4, 4),
        kernel=(2, 2),
        stride=(2, 2),
        padding=(0, 0),
        ceil=False,
        count=True,
        divisor=3,
    )
    ties = torch.tensor([[1.0, 1.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]]).reshape(1, 1, 2, 4)
    f.case(
        "maxPool2d",
        "the first of equals",
        lambda v: F.max_pool2d(v, 2),
        ties,
        kernel=(2, 2),
        stride=(2, 2),
        padding=(0, 0),
        dilation=(1, 1),
        ceil=False,
    )
    odd = torch.tensor([[NAN, 1.0, -INF, -INF], [2.0, 3.0, -INF, -INF]]).reshape(1, 1, 2, 4)
    f.case(
        "maxPool2d",
        "NaN and infinity",
        lambda v: F.max_pool2d(v, 2),
        odd,
        grad=False,
        kernel=(2, 2),
        stride=(2, 2),
        padding=(0, 0),
        dilation=(1, 1),
        ceil=False,
    )
    for size in ((1, 1), (2, 3), (5, 6), (3, 2), (7, 4)):
        x = f.uniform(1, 2, 5, 6)
        f.case(
            "adaptiveAvgPool2d", f"{size}", lambda v: F.adaptive_avg_pool2d(v, size), x, size=size
        )
        f.case(
            "adaptiveMaxPool2d", f"{size}", lambda v: F.adaptive_max_pool2d(v, size), x, size=size
        )
    f.write()


def normalisation():
    f = Family("Martlet", "normalisation")
    shapes = {"rows": (4, 3), "sequences": (2, 3, 4), "images": (2, 3, 2, 3)}
    for title, shape in shapes.items():
        for layout in (None, "strided", "transposed"):
            tail = f" {layout}" if layout else ""
            x = laid_out(f.uniform(*shape), layout)
            w, b = f.uniform(3, low=0.5, high=2), f.uniform(3)
            m, v = f.uniform(3), f.uniform(3, low=0.5, high=2)
            if layout is None:
                f.case("batchNorm", title + " without weights", lambda x: train(x, None, None), x)
                f.case(
                    "batchNormFixed",
                    title + " without weights",
                    lambda x: F.batch_norm(x, m, v, eps=1e-3),
                    x,
                    mean=floats(m),
                    variance=floats(v),
                    epsilon=1e-3,
                )
            f.case("batchNorm", title + tail, train, x, w, b)
            f.case(
                "batchNormFixed",
                title + tail,
                lambda x, w, b: F.batch_norm(x, m, v, w, b, eps=1e-3),
                x,
                w,
                b,
                mean=floats(m),
                variance=floats(v),
                epsilon=1e-3,
            )
            r = f.uniform(*shape)
            if layout is None:
                f.case(
                    "batchNormReLU",
                    title + tail,
                    lambda x, w, b: F.relu(train(x, w, b)[0]),
                    x,
                    w,
                    b,
                )
            f.case(
                "batchNormAddReLU",
                title + tail,
                lambda x, w, b, r: F.relu(train(x, w, b)[0] + r),
                x,
                w,
                b,
                r,
            )
            f.case(
                "batchNormFixedAddReLU",
                title + tail,
                lambda x, w, b, r: F.relu(F.batch_norm(x, m, v, w, b, eps=1e-3) + r),
                x,
                w,
                b,
                r,
                mean=floats(m),
                variance=floats(v),
                epsilon=1e-3,
            )
    f.case(
        "batchNorm",
        "a far mean",
        train,
        f.uniform(16, 2, low=-0.5, high=0.5) + 1000,
        torch.ones(2),
        torch.zeros(2),
        grad=False,
    )
    f.write()


def floats(tensor):
    return [round(v, 6) for v in tensor.tolist()]


def train(x, w, b):
    """The normalised batch, the mean and the biased variance; statistics carry no gradient."""
    dims = [d for d in range(x.ndim) if d != 1]
    return (
        F.batch_norm(x, None, None, w, b, training=True),
        x.detach().mean(dims),
        x.detach().var(dims, correction=0),
    )


def write():
    pooling()
    normalisation()
