"""Borders, interpolation, and channels as cells."""

import torch
import torch.nn.functional as F

from common import Family, laid_out


def pads():
    f = Family("Martlet", "borders")
    shapes = [(2, 3, 4), (1, 2, 3, 4), (1, 2, 3, 2, 4)]
    for mode in ("reflect", "replicate", "circular"):
        for shape in shapes:
            n = 2 * (len(shape) - 2)
            for amounts in ([1, 0, 1, 1, 0, 1][:n], [2, 3, 1, 1, 1, 0][:n], [0, 0, 1, 0, 1, 1][:n]):
                f.case(
                    "border",
                    f"{mode} {amounts} of {list(shape)}",
                    lambda x: F.pad(x, amounts, mode=mode),
                    f.uniform(*shape),
                    mode=mode,
                    amounts=amounts,
                )
        f.case(
            "border",
            f"{mode}, channels-last",
            lambda x: F.pad(x, (1, 2, 2, 1), mode=mode),
            laid_out(f.uniform(2, 3, 3, 4), "channelsLast"),
            mode=mode,
            amounts=[1, 2, 2, 1],
        )
    for shape, amounts in (
        ((4,), [1, 2]),
        ((3, 4), [-1, 2]),
        ((3, 4), [1, -2, -1, 0]),
        ((2, 3, 4), [-2, -2]),
        ((2, 3), [1, 1, 0, 2]),
        ((0, 3), [1, 1]),
    ):
        f.case(
            "fill",
            f"{amounts} of {list(shape)}",
            lambda x: F.pad(x, amounts, value=0.5),
            f.uniform(*shape),
            amounts=amounts,
        )
    f.case(
        "fill",
        "channels-last",
        lambda x: F.pad(x, (1, -1, 2, 1), value=-1),
        laid_out(f.uniform(1, 2, 3, 4), "channelsLast"),
        amounts=[1, -1, 2, 1],
        value=-1.0,
    )
    f.write()


def interpolation():
    f = Family("Martlet", "interpolation")

    def case(mode, x, size=None, factors=None, align=False, title=""):
        modes = {"linear", "bilinear", "bicubic", "trilinear"}
        extra = {"align": align} if mode in modes else {}
        arguments = {"size": size} if size else {"factors": factors}
        f.case(
            "interpolate",
            f"{mode} {arguments}{' aligned' if align else ''} of {list(x.shape)} {title}",
            lambda x: F.interpolate(
                x,
                size=size,
                scale_factor=factors,
                mode=mode,
                align_corners=align if mode in modes else None,
            ),
            x,
            mode=mode,
            **arguments,
            **extra,
        )

    for mode in ("nearest", "nearest-exact", "area"):
        case(mode, f.uniform(2, 2, 5), size=[7])
        case(mode, f.uniform(1, 1, 7), size=[3])
        case(mode, f.uniform(1, 2, 3, 4), size=[6, 5])
        case(mode, f.uniform(1, 2, 4, 6), factors=[1.5, 0.5])
        case(mode, f.uniform(1, 1, 2, 3, 2), factors=[2.0, 1.0, 1.5])
        case(
            mode,
            laid_out(f.uniform(2, 3, 2, 3), "channelsLast"),
            factors=[2.0, 2.0],
            title="channels-last",
        )
        case(mode, f.uniform(1, 1, 3, 3), size=[1, 1])
    for align in (False, True):
        for size in ([7], [3], [1], [5]):
            case("linear", f.uniform(1, 2, 5), size=size, align=align)
        case("linear", f.uniform(1, 2, 5), factors=[1.7], align=align)
        case("linear", f.uniform(1, 2, 1), size=[3], align=align)
        for mode in ("bilinear", "bicubic"):
            for size in ([6, 5], [2, 3], [1, 8]):
                case(mode, f.uniform(1, 2, 3, 4), size=size, align=align)
            case(mode, f.uniform(1, 1, 3, 4), factors=[2.0, 1.3], align=align)
            case(mode, f.uniform(1, 1, 4, 5), factors=[0.5, 0.6], align=align)
            x = laid_out(f.uniform(2, 3, 2, 3), "channelsLast")
            case(mode, x, factors=[2.0, 2.0], align=align, title="channels-last")
        case("trilinear", f.uniform(1, 2, 2, 3, 2), size=[3, 2, 4], align=align)
        case("trilinear", f.uniform(1, 1, 2, 2, 3), factors=[2.0, 1.5, 1.0], align=align)
    f.write()


def shuffles():
    f = Family("Martlet", "shuffles")
    for shape, r in (
        ((1, 4, 2, 3), 2),
        ((2, 9, 1, 2), 3),
        ((4, 2, 2), 2),
        ((2, 1, 8, 1, 2), 2),
        ((0, 4, 2, 2), 2),
    ):
        f.case(
            "pixelShuffle",
            f"{list(shape)}",
            lambda x: F.pixel_shuffle(x, r),
            f.uniform(*shape),
            grad=0 not in shape,
            factor=r,
        )
    for shape, r in (((1, 2, 4, 2), 2), ((2, 1, 3, 6), 3), ((1, 2, 4), 2), ((2, 1, 2, 2, 2), 2)):
        f.case(
            "pixelUnshuffle",
            f"{list(shape)}",
            lambda x: F.pixel_unshuffle(x, r),
            f.uniform(*shape),
            factor=r,
        )
    for shape, groups in (((1, 6), 2), ((2, 6, 3), 3), ((1, 4, 2, 2), 2), ((1, 4, 1, 2, 2), 4)):
        if len(shape) > 2:
            f.case(
                "channelShuffle",
                f"{list(shape)}",
                lambda x: F.channel_shuffle(x, groups),
                f.uniform(*shape),
                groups=groups,
            )
    x = laid_out(f.uniform(2, 4, 2, 4), "channelsLast")
    f.case("pixelShuffle", "channels-last", lambda x: F.pixel_shuffle(x, 2), x, factor=2)
    f.case("pixelUnshuffle", "channels-last", lambda x: F.pixel_unshuffle(x, 2), x, factor=2)
    f.case("channelShuffle", "channels-last", lambda x: F.channel_shuffle(x, 2), x, groups=2)
    f.write()


def write():
    pads()
    interpolation()
    shuffles()
