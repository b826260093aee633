"""What PyTorch makes of float16 and bfloat16: values and gradients of operations of each family.

Where this stops with an illegal instruction (oneDNN on some processors): ONEDNN_MAX_CPU_ISA=AVX512_CORE_BF16.
"""

import torch
import torch.nn as nn
import torch.nn.functional as F

from common import Family

indices = torch.tensor([[0, 2], [1, 0]])


def unary():
    return {
        "exp": torch.exp,
        "sin": torch.sin,
        "tanh": torch.tanh,
        "erf": torch.erf,
        "square": torch.square,
        "sigmoid": torch.sigmoid,
        "gelu": F.gelu,
        "silu": F.silu,
        "softplus": F.softplus,
        "elu": F.elu,
        "leakyReLU": lambda x: F.leaky_relu(x, 0.1),
        "abs": torch.abs,
        "clamp": lambda x: x.clamp(-1, 1),
        "floor": torch.floor,
        "round": torch.round,
        "isFinite": torch.isfinite,
        "sum": lambda x: x.sum(),
        "sumRows": lambda x: x.sum(1),
        "mean": lambda x: x.mean(0),
        "prod": lambda x: x.prod(1),
        "max": lambda x: x.amax(1),
        "variance": lambda x: x.var(1),
        "std": lambda x: x.std(),
        "norm": lambda x: torch.linalg.vector_norm(x, dim=1),
        "logSumExp": lambda x: x.logsumexp(1),
        "argmax": lambda x: x.argmax(1),
        "cumsum": lambda x: x.cumsum(1),
        "cumprod": lambda x: x.cumprod(1),
        "cummax": lambda x: x.cummax(1).values,
        "sort": lambda x: x.sort(dim=1, stable=True).values,
        "topk": lambda x: x.topk(2, 1).values,
        "median": lambda x: x.median(1).values,
        "softmax": lambda x: x.softmax(1),
        "logSoftmax": lambda x: x.log_softmax(1),
        "normalized": lambda x: F.normalize(x),
        "transpose": lambda x: x.T.contiguous(),
        "flip": lambda x: x.flip(1),
        "pad": lambda x: F.pad(x, (1, 2), value=0.5),
        "diagonal": lambda x: x.diagonal(),
        "tril": lambda x: x.tril(),
        "gather": lambda x: x.gather(1, indices),
        "indexSelect": lambda x: x.index_select(1, indices[0]),
        "plusNumber": lambda x: x + 0.3,
        "timesNumber": lambda x: x * 0.3,
        "powNumber": lambda x: x.abs().pow(1.5),
    }


def binary():
    return {
        "add": torch.add,
        "mul": torch.mul,
        "div": torch.div,
        "maximum": torch.maximum,
        "atan2": torch.atan2,
        "fmod": torch.fmod,
        "lt": torch.lt,
        "where": lambda x, y: torch.where(x > y, x, y * 2),
        "addcmul": lambda x, y: torch.addcmul(x, x, y, value=0.5),
        "lerp": lambda x, y: torch.lerp(x, y, 0.3),
        "cat": lambda x, y: torch.cat([x, y]),
        "outer": lambda x, y: torch.outer(x[0], y[0]),
        "matmul": lambda x, y: x @ y.T,
        "linear": lambda x, y: F.linear(x, y, x[0, :2]),
        "scatterAdd": lambda x, y: x.scatter_add(1, indices, y[:, :2]),
        "indexAdd": lambda x, y: x.index_add(1, indices[0], y[:, :2]),
        "cosineSimilarity": lambda x, y: F.cosine_similarity(x, y),
        "layerNorm": lambda x, y: F.layer_norm(x, (3,), y[0], y[1], 0.5),
        "rmsNorm": lambda x, y: F.rms_norm(x, (3,), y[0], 1e-3),
        "batchNorm": lambda x, y: F.batch_norm(x, None, None, y[0], y[1], True, 0.1, 0.5),
    }


def losses():
    return {
        "mse": F.mse_loss,
        "smoothL1": F.smooth_l1_loss,
        "binaryCrossEntropyWithLogits": lambda x, y: F.binary_cross_entropy_with_logits(
            x, y.sigmoid()
        ),
        "klDiv": lambda x, y: F.kl_div(x.log_softmax(1), y.softmax(1), reduction="batchmean"),
        "crossEntropy": lambda x, y: F.cross_entropy(x * y, indices[0]),
    }


def images():
    return {
        "conv2d": lambda x, w: F.conv2d(x, w, w[:, 0, 0, 0], padding=1),
        "convTranspose2d": lambda x, w: F.conv_transpose2d(x, w, stride=2),
        "maxPool2d": lambda x, _: F.max_pool2d(x, 2),
        "avgPool2d": lambda x, _: F.avg_pool2d(x, 2),
        "adaptiveAvgPool2d": lambda x, _: F.adaptive_avg_pool2d(x, 2),
        "bilinear": lambda x, _: F.interpolate(x, scale_factor=2, mode="bilinear"),
        "groupNorm": lambda x, _: F.group_norm(x, 1),
        "instanceNorm": lambda x, _: F.instance_norm(x),
        "pixelShuffle": lambda x, w: F.pixel_shuffle(
            torch.cat([x, w[:1, :, :1, :1].expand_as(x)], 1), 2
        ),
        "attention": lambda x, _: F.scaled_dot_product_attention(x, x * 0.5, x + 1),
    }


def write():
    f = Family("Martlet", "halves")
    g = Family("MartletNN", "halfLosses")
    for t in (torch.float16, torch.bfloat16):
        kind = str(t)[6:]
        for name, function in unary().items():
            f.case(name, kind, function, f.uniform(2, 3, dtype=t))
        for name, function in binary().items():
            f.case(name, kind, function, f.uniform(2, 3, dtype=t), f.uniform(2, 3, dtype=t))
        for name, function in losses().items():
            g.case(name, kind, function, g.uniform(2, 3, dtype=t), g.uniform(2, 3, dtype=t))
        for name, function in images().items():
            weight = f.uniform(2, 2, 2, 2, dtype=t)
            f.case(name, kind, function, f.uniform(1, 2, 3, 3, dtype=t), weight)
    f.write()
    g.write()
