"""Layers of few lines, distances, and the gains of torch.nn.init."""

import torch
import torch.nn as nn
import torch.nn.functional as F

from common import Family, laid_out


def layers():
    f = Family("MartletNN", "modules")
    vectors = {
        "celu": nn.CELU(0.7),
        "mish": nn.Mish(),
        "softplus": nn.Softplus(2, 5),
        "softsign": nn.Softsign(),
        "logSigmoid": nn.LogSigmoid(),
        "glu": nn.GLU(1),
        "hardsigmoid": nn.Hardsigmoid(),
        "hardtanh": nn.Hardtanh(-0.5, 1.5),
        "hardshrink": nn.Hardshrink(),
        "softshrink": nn.Softshrink(),
        "tanhshrink": nn.Tanhshrink(),
        "threshold": nn.Threshold(0.5, 3),
        "rrelu": nn.RReLU().eval(),
        "logSoftmax": nn.LogSoftmax(1),
        "softmin": nn.Softmin(1),
        "unflatten": nn.Unflatten(1, (2, 2)),
        "unflattenOpen": nn.Unflatten(-1, (-1, 3)),
        "dropout1d": nn.Dropout1d().eval(),
        "alphaDropout": nn.AlphaDropout().eval(),
        "featureAlphaDropout": nn.FeatureAlphaDropout().eval(),
        "zeroPad1d": nn.ZeroPad1d((1, 2)),
        "constantPad1d": nn.ConstantPad1d(2, 3.5),
        "reflectionPad1d": nn.ReflectionPad1d(2),
        "replicationPad1d": nn.ReplicationPad1d((0, 3)),
        "circularPad1d": nn.CircularPad1d((1, 2)),
        "upsampleLinear": nn.Upsample(5, mode="linear"),
    }
    for name, module in vectors.items():
        f.case(name, "values", module, f.uniform(2, 4, 3, low=-4, high=4))
    images = {
        "softmax2d": nn.Softmax2d(),
        "dropout2d": nn.Dropout2d().eval(),
        "zeroPad2d": nn.ZeroPad2d((1, 0, -1, 2)),
        "constantPad2d": nn.ConstantPad2d((1, 0, 1, 2), -1.5),
        "reflectionPad2d": nn.ReflectionPad2d((1, 1, 0, 1)),
        "replicationPad2d": nn.ReplicationPad2d(1),
        "circularPad2d": nn.CircularPad2d((1, 2, 0, 1)),
        "pixelShuffle": nn.PixelShuffle(2),
        "pixelUnshuffle": nn.PixelUnshuffle(2),
        "channelShuffle": nn.ChannelShuffle(2),
        "upsample": nn.Upsample(scale_factor=2),
        "upsampleBilinear": nn.Upsample(
            scale_factor=(2.0, 1.5), mode="bilinear", align_corners=True
        ),
    }
    for name, module in images.items():
        f.case(name, "values", module, f.uniform(1, 4, 2, 4))
        f.case(name, "channels-last", module, laid_out(f.uniform(1, 4, 2, 2), "channelsLast"))
        if name not in ("dropout2d", "channelShuffle", "upsample", "upsampleBilinear"):
            f.case(name, "without a batch", module, f.uniform(4, 2, 2))
    volumes = {
        "dropout3d": nn.Dropout3d().eval(),
        "zeroPad3d": nn.ZeroPad3d(1),
        "constantPad3d": nn.ConstantPad3d((1, 0, 1, 0, 0, 1), 2.5),
        "reflectionPad3d": nn.ReflectionPad3d((1, 0, 0, 1, 1, 0)),
        "replicationPad3d": nn.ReplicationPad3d(1),
        "circularPad3d": nn.CircularPad3d((1, 0, 0, 1, 2, 0)),
    }
    for name, module in volumes.items():
        f.case(name, "values", module, f.uniform(1, 1, 2, 2, 3))
    f.write()


def distances():
    f = Family("MartletNN", "distances")
    for shape in ((2, 4), (4,), (2, 3, 2)):
        for p in (1.0, 2.0, 3.0, float("inf")):
            f.case(
                "pairwiseDistance",
                f"{list(shape)}, p {p}",
                lambda a, b: F.pairwise_distance(a, b, p, keepdim=len(shape) == 3),
                f.uniform(*shape),
                f.uniform(*shape),
                p="inf" if p == float("inf") else p,
                keepDim=len(shape) == 3,
            )
    f.case(
        "pairwiseDistance",
        "broadcast",
        F.pairwise_distance,
        f.uniform(3, 1, 4),
        f.uniform(2, 4),
        p=2.0,
        keepDim=False,
    )
    for shape, other, dim in (
        ((2, 4), (2, 4), 1),
        ((4,), (4,), 0),
        ((2, 3, 2), (2, 3, 2), 1),
        ((2, 3, 2), (3, 2), -1),
    ):
        f.case(
            "cosineSimilarity",
            f"{list(shape)}, {list(other)}",
            lambda a, b: F.cosine_similarity(a, b, dim),
            f.uniform(*shape),
            f.uniform(*other),
            dim=dim,
        )
    f.case(
        "cosineSimilarity",
        "zeros",
        F.cosine_similarity,
        torch.tensor([[0.0, 0.0], [1.0, 2.0]]),
        torch.tensor([[1.0, 2.0], [2.0, 0.5]]),
        grad=False,
        dim=1,
    )
    for lead in ((3,), (), (2, 2)):
        f.case(
            "bilinear",
            f"{list(lead)}",
            F.bilinear,
            f.uniform(*lead, 2),
            f.uniform(*lead, 3),
            f.uniform(4, 2, 3),
            f.uniform(4),
        )
    f.case(
        "bilinear", "without bias", F.bilinear, f.uniform(2, 2), f.uniform(2, 1), f.uniform(3, 2, 1)
    )
    f.write()


def gains():
    """Outputs: the gain of each nonlinearity; bounds or deviations of each initialiser."""
    f = Family("MartletNN", "gains")
    names = [
        ("linear",),
        ("sigmoid",),
        ("tanh",),
        ("relu",),
        ("selu",),
        ("leaky_relu", 0.3),
        ("leaky_relu",),
    ]
    for name in names:
        f.case(
            name[0],
            f"{name}",
            lambda: torch.tensor(float(nn.init.calculate_gain(*name))),
            slope=name[1] if len(name) > 1 else 0.01,
        )
    f.write()


def write():
    layers()
    distances()
    gains()
