"""Tensors without dimensions in everything that takes a dimension: it may be 0 or -1."""

import torch
import torch.nn.functional as F

from common import Family

ZERO, ONE = torch.tensor(0), torch.tensor([0])
# Functions of a tensor, a dimension and whether it is kept.
KEPT = {
    "sum": lambda x, d, k: x.sum(d, k),
    "mean": lambda x, d, k: x.mean(d, k),
    "prod": lambda x, d, k: x.prod(d, k),
    "max": lambda x, d, k: x.amax(d, k),
    "min": lambda x, d, k: x.amin(d, k),
    "logSumExp": lambda x, d, k: x.logsumexp(d, k),
    "variance": lambda x, d, k: x.var(d, correction=0, keepdim=k),
    "argmax": lambda x, d, k: x.argmax(d, k),
    "argmin": lambda x, d, k: x.argmin(d, k),
    "any": lambda x, d, k: x.any(d, k),
    "all": lambda x, d, k: x.all(d, k),
    "norm": lambda x, d, k: torch.linalg.vector_norm(x, 3, d, k),
    "nanSum": lambda x, d, k: x.nansum(d, k),
    "nanMean": lambda x, d, k: x.nanmean(d, k),
    "varMean": lambda x, d, k: torch.var_mean(x, d, correction=0, keepdim=k),
    "aminmax": lambda x, d, k: x.aminmax(dim=d, keepdim=k),
    "maxDim": lambda x, d, k: x.max(d, k),
    "minDim": lambda x, d, k: x.min(d, k),
    "medianDim": lambda x, d, k: x.median(d, k),
    "mode": lambda x, d, k: x.mode(d, k),
    "kthvalue": lambda x, d, k: x.kthvalue(1, d, k),
    "quantileOne": lambda x, d, k: x.quantile(0.3, d, k),
    "quantile": lambda x, d, k: x.quantile(torch.tensor([0.5, 0.2], dtype=x.dtype), d, k),
}
# Functions of a tensor and a dimension.
PLAIN = {
    "softmax": lambda x, d: x.softmax(d),
    "logSoftmax": lambda x, d: x.log_softmax(d),
    "softmin": lambda x, d: F.softmin(x, d),
    "sort": lambda x, d: x.sort(d),
    "argsort": lambda x, d: x.argsort(d),
    "topk": lambda x, d: x.topk(1, d),
    "cumsum": lambda x, d: x.cumsum(d),
    "cumprod": lambda x, d: x.cumprod(d),
    "cummax": lambda x, d: x.cummax(d),
    "cummin": lambda x, d: x.cummin(d),
    "logCumSumExp": lambda x, d: x.logcumsumexp(d),
    "normalized": lambda x, d: F.normalize(x, dim=d),
    "cosineSimilarity": lambda x, d: F.cosine_similarity(x, x * 2, d),
    "vecdot": lambda x, d: torch.linalg.vecdot(x, x, dim=d),
    "countNonzero": lambda x, d: x.count_nonzero(d),
    "squeeze": lambda x, d: x.squeeze(d),
    "unsqueeze": lambda x, d: x.unsqueeze(d),
    "flatten": lambda x, d: x.flatten(d, d),
    "flip": lambda x, d: x.flip(d),
    "movedim": lambda x, d: x.movedim(d, d),
    "transpose": lambda x, d: x.transpose(d, d),
    "unfold": lambda x, d: x.unfold(d, 1, 1),
    "stack": lambda x, d: torch.stack([x, x * 2], d),
    "indexSelect": lambda x, d: x.index_select(d, ONE),
    "gather": lambda x, d: x.gather(d, ZERO),
    "scatter": lambda x, d: x.scatter(d, ZERO, x * 2),
    "scatterValue": lambda x, d: x.scatter(d, ZERO, 3.0),
    "scatterAdd": lambda x, d: x.scatter_add(d, ZERO, x * 2),
    "scatterReduce": lambda x, d: x.scatter_reduce(d, ZERO, x * 2, "prod"),
    "indexAdd": lambda x, d: x.index_add(d, ONE, x * 2),
    "indexCopy": lambda x, d: x.index_copy(d, ZERO, x * 2),
    "indexFill": lambda x, d: x.index_fill(d, ONE, 2.0),
}


def write():
    f = Family("Martlet", "scalars")
    for dim in (0, -1):
        for name, function in KEPT.items():
            for keep in (False, True):
                title = f"{dim}{' kept' if keep else ''}"
                call = lambda x: function(x, dim, keep)
                f.case(name, title, call, f.uniform(), dim=dim, keepDim=keep)
        for name, function in PLAIN.items():
            f.case(name, str(dim), lambda x: function(x, dim), f.uniform(), dim=dim)
    f.write()


if __name__ == "__main__":
    write()
