"""Layers that have parameters, or two inputs: their functions have cases of their own."""

from collections import OrderedDict

import torch
import torch.nn as nn

from common import Family
from layers import layer_cases


def write():
    f = Family("MartletNN", "parameterised")
    case = layer_cases(f)
    case("conv1d", nn.Conv1d(2, 4, 3, 2, 1, 2, 2), f.uniform(2, 2, 7))
    for mode in ("reflect", "circular"):
        module = nn.Conv1d(2, 3, 3, padding=2, padding_mode=mode)
        case("conv1dBorder", module, f.uniform(1, 2, 5), title=mode, mode=mode)
    case("conv3d", nn.Conv3d(2, 2, (2, 1, 3), (1, 2, 1), (1, 0, 1)), f.uniform(1, 2, 3, 3, 3))
    case("convTranspose1d", nn.ConvTranspose1d(2, 4, 3, 2, 1, 1, 2), f.uniform(2, 2, 4))
    case(
        "convTranspose2d",
        nn.ConvTranspose2d(2, 3, (3, 2), (2, 1), (1, 0), (1, 0)),
        f.uniform(1, 2, 3, 3),
    )
    module = nn.ConvTranspose3d(2, 2, (2, 1, 2), (1, 2, 1))
    case("convTranspose3d", module, f.uniform(1, 2, 2, 2, 3))
    for training in (True, False):
        state = "training" if training else "evaluation"
        for affine in (True, False):
            title = state + ("" if affine else ", plain")
            case(
                "batchNorm3d",
                nn.BatchNorm3d(2, eps=1e-4, momentum=0.2, affine=affine),
                f.uniform(2, 2, 2, 1, 3),
                training=training,
                title=title,
                affine=affine,
            )
        case(
            "batchNorm3dMean",
            nn.BatchNorm3d(2, momentum=None),
            f.uniform(2, 2, 1, 2, 2),
            training=training,
            title=state,
        )
        for count, shape in ((1, (5,)), (2, (2, 3)), (3, (2, 1, 3))):
            module = getattr(nn, f"InstanceNorm{count}d")(3, eps=1e-4, affine=training)
            case(
                f"instanceNorm{count}d",
                module,
                f.uniform(2, 3, *shape),
                training=training,
                title=state + (", affine" if training else ""),
                affine=training,
            )
        case("dropout", nn.Dropout(0.0 if training else 0.5), f.uniform(2, 3), training=training)
    case("groupNorm", nn.GroupNorm(2, 4, eps=1e-4), f.uniform(2, 4, 3), affine=True)
    case(
        "groupNorm",
        nn.GroupNorm(4, 4, affine=False),
        f.uniform(1, 4, 2, 2),
        title="plain",
        affine=False,
    )
    case("localResponseNorm", nn.LocalResponseNorm(3, 0.1, 0.6, 1.5), f.uniform(2, 4, 3))
    case("layerNorm", nn.LayerNorm([3, 2], eps=1e-4), f.uniform(2, 3, 2), affine=True, bias=True)
    case(
        "layerNorm",
        nn.LayerNorm([3, 2], bias=False),
        f.uniform(4, 3, 2),
        title="without bias",
        affine=True,
        bias=False,
    )
    case(
        "layerNorm",
        nn.LayerNorm([3, 2], elementwise_affine=False),
        f.uniform(3, 2),
        title="plain",
        affine=False,
        bias=True,
    )
    case("rmsNorm", nn.RMSNorm([4], eps=1e-4), f.uniform(3, 4), affine=True)
    module = nn.RMSNorm([4], elementwise_affine=False)
    case("rmsNorm", module, f.uniform(2, 4), title="plain", affine=False)
    indices = torch.tensor([[1, 0, 3], [3, 3, 2]])
    case("embedding", nn.Embedding(4, 2), indices)
    for mode in ("sum", "mean", "max"):
        case("embeddingBag", nn.EmbeddingBag(4, 2, mode=mode), indices, title=mode, mode=mode)
    case("bilinear", nn.Bilinear(2, 3, 4), f.uniform(3, 2), f.uniform(3, 3), bias=True)
    case(
        "bilinear",
        nn.Bilinear(2, 3, 4, bias=False),
        f.uniform(2, 1, 2),
        f.uniform(2, 1, 3),
        title="without bias",
        bias=False,
    )
    for p in (1.0, 2.0):
        case(
            "pairwiseDistance",
            nn.PairwiseDistance(p, keepdim=p == 1),
            f.uniform(3, 4),
            f.uniform(3, 4),
            title=f"p {p}",
            p=p,
        )
    case("cosineSimilarity", nn.CosineSimilarity(dim=0), f.uniform(3, 4), f.uniform(3, 4))
    names = ["conv", "norm", "act", "flat", "fc"]
    parts = [nn.Conv2d(1, 2, 2), nn.BatchNorm2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(8, 3)]
    for training in (True, False):
        case(
            "sequential",
            nn.Sequential(OrderedDict(zip(names, parts))),
            f.uniform(2, 1, 3, 3),
            training=training,
            title="training" if training else "evaluation",
        )
    module = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    case("sequentialPlaces", module, f.uniform(5, 3))
    f.write()
