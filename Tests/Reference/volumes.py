"""Convolutions and pooling in one and three dimensions, transposed convolutions, normalisation by groups."""

import torch
import torch.nn.functional as F

from common import Family, laid_out


def volumes():
    f = Family("Martlet", "volumes")
    u = f.uniform

    def conv(name, label, function, x, w, bias, **options):
        record = {k: v for k, v in options.items()}
        inputs = [x, w] + ([bias] if bias is not None else [])
        f.case(name, label, lambda x, w, b=None: function(x, w, b, **options), *inputs, **record)

    conv("conv1d", "plain", F.conv1d, u(2, 3, 7), u(4, 3, 3), u(4), stride=1, padding=0, dilation=1, groups=1)
    conv("conv1d", "all", F.conv1d, u(2, 4, 9), u(6, 2, 3), None, stride=2, padding=2, dilation=2, groups=2)
    for groups in (1, 2):
        conv(
            "convTranspose1d", f"groups {groups}", F.conv_transpose1d, u(2, 4, 5), u(4, 3, 3), u(3 * groups),
            stride=2, padding=1, output_padding=1, dilation=1, groups=groups,
        )
    two = lambda **k: {
        **dict(stride=[1, 1], padding=[0, 0], output_padding=[0, 0], dilation=[1, 1], groups=1),
        **k,
    }
    conv("convTranspose2d", "plain", F.conv_transpose2d, u(2, 3, 3, 4), u(3, 2, 3, 3), u(2), **two())
    conv("convTranspose2d", "no bias", F.conv_transpose2d, u(1, 3, 2, 2), u(3, 2, 2, 2), None, **two(stride=[2, 2]))
    conv(
        "convTranspose2d", "strided", F.conv_transpose2d, u(2, 3, 3, 4), u(3, 2, 3, 3), u(2),
        **two(stride=[2, 2], padding=[1, 1], output_padding=[1, 1]),
    )
    conv(
        "convTranspose2d", "uneven", F.conv_transpose2d, u(1, 2, 3, 2), u(2, 2, 2, 3), u(2),
        **two(stride=[3, 1], padding=[0, 1], output_padding=[2, 0], dilation=[1, 2]),
    )
    conv(
        "convTranspose2d", "groups", F.conv_transpose2d, u(1, 4, 3, 3), u(4, 3, 3, 3), u(6),
        **two(groups=2, padding=[1, 1]),
    )
    conv(
        "convTranspose2d", "channels-last", F.conv_transpose2d,
        laid_out(u(2, 3, 3, 2), "channelsLast"), u(3, 4, 2, 2), u(4), **two(stride=[2, 2]),
    )
    three = lambda **k: {**dict(stride=[1, 1, 1], padding=[0, 0, 0], dilation=[1, 1, 1], groups=1), **k}
    conv("conv3d", "plain", F.conv3d, u(1, 2, 3, 3, 3), u(2, 2, 2, 2, 2), u(2), **three())
    conv(
        "conv3d", "all", F.conv3d, u(2, 2, 5, 4, 3), u(2, 1, 2, 3, 2), u(2),
        **three(stride=[2, 1, 2], padding=[1, 1, 0], dilation=[2, 1, 1], groups=2),
    )
    conv(
        "convTranspose3d", "plain", F.conv_transpose3d, u(1, 2, 2, 2, 3), u(2, 2, 2, 2, 2), u(2),
        **three(), output_padding=[0, 0, 0],
    )
    conv(
        "convTranspose3d", "strided", F.conv_transpose3d, u(1, 2, 2, 2, 2), u(2, 1, 3, 2, 3), None,
        **three(stride=[2, 2, 1], padding=[1, 0, 1], dilation=[1, 1, 2], groups=2), output_padding=[1, 1, 0],
    )

    conv(
        "conv3d", "channels-last", F.conv3d, laid_out(u(1, 3, 3, 2, 4), "channelsLast"), u(4, 3, 2, 2, 3), u(4),
        **three(padding=[1, 1, 1]),
    )
    conv("conv3d", "depthwise", F.conv3d, u(1, 3, 3, 3, 2), u(3, 1, 2, 2, 2), u(3), **three(groups=3, dilation=[1, 2, 1]))
    conv("conv3d", "one plane", F.conv3d, u(2, 2, 1, 4, 3), u(3, 2, 1, 3, 2), u(3), **three(padding=[0, 1, 1]))
    conv("conv3d", "a plane and padding", F.conv3d, u(1, 2, 1, 3, 3), u(2, 2, 3, 2, 2), u(2), **three(padding=[1, 0, 1]))
    conv(
        "convTranspose3d", "channels-last", F.conv_transpose3d, laid_out(u(2, 3, 2, 1, 2), "channelsLast"),
        u(3, 2, 2, 2, 2), u(2), **three(stride=[2, 2, 2]), output_padding=[1, 0, 1],
    )

    f.case("maxPool1d", "3 by 2", lambda x: F.max_pool1d(x, 3, 2, 1), u(2, 2, 7), kernel=3, stride=2, padding=1)
    f.case("avgPool1d", "3 by 2", lambda x: F.avg_pool1d(x, 3, 2, 1), u(2, 2, 7), kernel=3, stride=2, padding=1)
    f.case("adaptiveAvgPool1d", "7 to 3", lambda x: F.adaptive_avg_pool1d(x, 3), u(2, 2, 7), size=3)
    f.case("adaptiveMaxPool1d", "7 to 3", lambda x: F.adaptive_max_pool1d(x, 3), u(2, 2, 7), size=3)
    for ceil in (False, True):
        for name, function in {"maxPool3d": F.max_pool3d, "avgPool3d": F.avg_pool3d}.items():
            f.case(
                name,
                f"{'ceil' if ceil else 'floor'}",
                lambda x: function(x, (2, 3, 2), (2, 2, 1), (1, 1, 0), ceil_mode=ceil),
                u(1, 2, 4, 4, 3),
                kernel=[2, 3, 2],
                stride=[2, 2, 1],
                padding=[1, 1, 0],
                ceil=ceil,
            )
    f.case(
        "avgPool3d", "without padding",
        lambda x: F.avg_pool3d(x, (2, 3, 2), (2, 2, 1), (1, 1, 0), count_include_pad=False),
        u(1, 1, 4, 4, 3), kernel=[2, 3, 2], stride=[2, 2, 1], padding=[1, 1, 0], ceil=False, inside=True,
    )
    f.case("adaptiveAvgPool3d", "to 2, 1, 3", lambda x: F.adaptive_avg_pool3d(x, (2, 1, 3)), u(1, 2, 3, 4, 3), size=[2, 1, 3])
    f.case("adaptiveMaxPool3d", "to 2, 1, 3", lambda x: F.adaptive_max_pool3d(x, (2, 1, 3)), u(1, 2, 3, 4, 3), size=[2, 1, 3])
    f.case(
        "maxPool3d", "overlapping, channels-last", lambda x: F.max_pool3d(x, 3, 1, 1),
        laid_out(u(1, 2, 2, 3, 3), "channelsLast"), kernel=[3, 3, 3], stride=[1, 1, 1], padding=[1, 1, 1], ceil=False,
    )
    f.case(
        "maxPool3d", "more cells than 64", lambda x: F.max_pool3d(x, 5, 2, 2),
        u(1, 1, 5, 6, 5), kernel=[5, 5, 5], stride=[2, 2, 2], padding=[2, 2, 2], ceil=False,
    )
    f.case(
        "maxPool3d", "dilation", lambda x: F.max_pool3d(x, 2, 1, 1, (2, 1, 3)), u(1, 2, 4, 3, 5),
        kernel=[2, 2, 2], stride=[1, 1, 1], padding=[1, 1, 1], dilation=[2, 1, 3], ceil=False,
    )
    f.case(
        "avgPool3d", "channels-last", lambda x: F.avg_pool3d(x, 2, 1), laid_out(u(2, 3, 2, 3, 2), "channelsLast"),
        kernel=[2, 2, 2], stride=[1, 1, 1], padding=[0, 0, 0], ceil=False,
    )
    f.case(
        "avgPool3d", "divisor", lambda x: F.avg_pool3d(x, 2, 2, divisor_override=3), u(1, 2, 4, 3, 2),
        kernel=[2, 2, 2], stride=[2, 2, 2], padding=[0, 0, 0], ceil=False, divisor=3,
    )
    for size in ((1, 1, 1), (4, 3, 5)):
        x = laid_out(u(1, 2, 3, 4, 3), "channelsLast")
        f.case("adaptiveAvgPool3d", f"to {size}", lambda x: F.adaptive_avg_pool3d(x, size), x, size=list(size))
        f.case("adaptiveMaxPool3d", f"to {size}", lambda x: F.adaptive_max_pool3d(x, size), x, size=list(size))
    f.case("lpPool3d", "2", lambda x: F.lp_pool3d(x, 2.0, 2), u(1, 2, 2, 4, 3, low=0.1), p=2, kernel=[2, 2, 2])
    f.case("lpPool2d", "2", lambda x: F.lp_pool2d(x, 2.0, (2, 2)), u(1, 2, 4, 5, low=0.1), p=2, kernel=[2, 2])
    f.case("lpPool1d", "3", lambda x: F.lp_pool1d(x, 3.0, 2), u(1, 2, 5, low=0.1), p=3, kernel=2)

    for label, x in (
        ("N C", u(3, 4)),
        ("N C L", u(2, 4, 3)),
        ("N C H W", u(2, 4, 2, 3)),
        ("channels-last", laid_out(u(2, 4, 2, 3), "channelsLast")),
    ):
        f.case("groupNorm", label, lambda x, w, b: F.group_norm(x, 2, w, b), x, u(4), u(4), groups=2)
    for groups in (1, 3, 6):
        for label, x in (
            ("channels-last", laid_out(u(3, 6, 3, 2), "channelsLast")),
            ("channels-last volumes", laid_out(u(2, 6, 2, 1, 2), "channelsLast")),
        ):
            f.case("groupNorm", f"{label} in {groups}", lambda x, w, b: F.group_norm(x, groups, w, b), x, u(6), u(6), groups=groups)
    f.case("groupNorm", "no affine", lambda x: F.group_norm(x, 4), u(2, 4, 5), groups=4)
    for label, x in (
        ("one sample", u(1, 3, 3, 2)),
        ("samples", u(2, 3, 3, 2)),
        ("N C L", u(2, 3, 5)),
        ("channels-last", laid_out(u(2, 3, 3, 2), "channelsLast")),
        ("N C D H W", u(1, 2, 2, 2, 2)),
        ("channels-last volumes", laid_out(u(2, 3, 2, 2, 1), "channelsLast")),
        ("one channels-last sample", laid_out(u(1, 3, 3, 2), "channelsLast")),
    ):
        f.case("instanceNorm", label, F.instance_norm, x)
        c = x.shape[1]
        f.case(
            "instanceNorm", f"{label} affine", lambda x, w, b: F.instance_norm(x, weight=w, bias=b), x, u(c), u(c)
        )
    for size in (2, 3):
        f.case(
            "localResponseNorm", f"{size}",
            lambda x: F.local_response_norm(x, size, alpha=0.1, beta=0.75, k=1.5), u(2, 4, 2, 2), size=size,
        )
    f.write()


def write():
    volumes()
