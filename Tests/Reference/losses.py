"""Losses: those of torch.nn.functional, and focal, dice and hinge losses by their definitions."""

import torch
import torch.nn.functional as F

from common import Family, laid_out

REDUCTIONS = ("none", "mean", "sum")


def reduced(losses, reduction):
    return losses if reduction == "none" else getattr(losses, reduction)()


def regression(f):
    def both(name, function, a, b, **arguments):
        for reduction in REDUCTIONS:
            f.case(
                name,
                f"{list(a.shape)} {arguments}, {reduction}",
                lambda x, y: function(x, y, reduction),
                a,
                b,
                reduction=reduction,
                **arguments,
            )

    def pair(*shape, low=-2.0, high=2.0):
        return f.uniform(*shape, low=low, high=high), f.uniform(*shape, low=low, high=high)

    both("mse", lambda x, y, r: F.mse_loss(x, y, reduction=r), *pair(2, 3))
    both("l1", lambda x, y, r: F.l1_loss(x, y, reduction=r), *pair(2, 3))
    both("l1", lambda x, y, r: F.l1_loss(x, y, reduction=r), *pair())
    both(
        "msle",
        lambda x, y, r: F.mse_loss(torch.log1p(x), torch.log1p(y), reduction=r),
        *pair(2, 3, low=-0.5, high=5),
    )
    for beta in (0.0, 0.5, 2.0):
        both(
            "smoothL1",
            lambda x, y, r: F.smooth_l1_loss(x, y, reduction=r, beta=beta),
            *pair(2, 4),
            beta=beta,
        )
    for delta in (0.5, 2.0):
        both(
            "huber",
            lambda x, y, r: F.huber_loss(x, y, reduction=r, delta=delta),
            *pair(2, 4),
            delta=delta,
        )
    x = laid_out(f.uniform(1, 2, 2, 3), "channelsLast")
    both(
        "huber",
        lambda x, y, r: F.huber_loss(x, y, reduction=r),
        x,
        f.uniform(1, 2, 2, 3),
        delta=1.0,
    )
    f.case(
        "mse",
        "empty",
        lambda x, y: F.mse_loss(x, y, reduction="sum"),
        f.uniform(0, 3),
        f.uniform(0, 3),
        reduction="sum",
    )


def binary(f):
    for reduction in REDUCTIONS:
        for title, weight in (("plain", None), ("weights", [0.5, 2.0, 1.25])):
            extra = {} if weight is None else {"weight": weight}
            w = None if weight is None else torch.tensor(weight)
            f.case(
                "binaryCrossEntropy",
                f"{title}, {reduction}",
                lambda p, y: F.binary_cross_entropy(p, y, w, reduction=reduction),
                f.uniform(2, 3, low=0.1, high=0.9),
                f.uniform(2, 3, low=0.1, high=0.9),
                reduction=reduction,
                **extra,
            )
            for pos in (None, [3.0, 0.5, 1.5]):
                more = dict(extra) if pos is None else dict(extra, posWeight=pos)
                q = None if pos is None else torch.tensor(pos)
                f.case(
                    "binaryCrossEntropyWithLogits",
                    f"{title}, positives {pos}, {reduction}",
                    lambda x, y: F.binary_cross_entropy_with_logits(
                        x, y, w, reduction=reduction, pos_weight=q
                    ),
                    f.uniform(2, 3),
                    f.uniform(2, 3, low=0, high=1),
                    reduction=reduction,
                    **more,
                )
    f.case(
        "binaryCrossEntropyEnds",
        "certain and wrong",
        lambda p, y: F.binary_cross_entropy(p, y, reduction="none"),
        torch.tensor([0.0, 1.0, 0.0, 1.0, 1e-30]),
        torch.tensor([0.0, 1.0, 1.0, 0.0, 1.0]),
        wanted=1,
        reduction="none",
    )
    f.case(
        "binaryCrossEntropyWithLogits",
        "large",
        lambda x, y: F.binary_cross_entropy_with_logits(x, y, reduction="none"),
        torch.tensor([-200.0, 200.0, -200.0, 200.0]),
        torch.tensor([0.0, 1.0, 1.0, 0.0]),
        wanted=1,
        reduction="none",
    )


def classes(f):
    weight = [0.5, 2.0, 1.25]
    shapes = {(4,): "rows", (2, 3): "sequences", (2, 2, 2): "images", (1, 2, 1, 2): "volumes"}
    for shape, title in shapes.items():
        full = (shape[0], 3, *shape[1:])
        target = f.integers(0, 3, *shape)
        target.view(-1)[:2] = torch.tensor([0, 1])
        for reduction in REDUCTIONS if len(shape) < 3 else ("mean",):
            for w, ignore in ((None, -100), (weight, 1)):
                extra = {} if w is None else {"weight": w}
                t = None if w is None else torch.tensor(w)
                f.case(
                    "nll",
                    f"{title}, ignoring {ignore}, {reduction}",
                    lambda x, y: F.nll_loss(x, y, t, ignore_index=ignore, reduction=reduction),
                    f.uniform(*full, low=-3, high=-0.1),
                    target,
                    reduction=reduction,
                    ignore=ignore,
                    **extra,
                )
                f.case(
                    "crossEntropy",
                    f"{title}, smoothed, ignoring {ignore}, {reduction}",
                    lambda x, y: F.cross_entropy(
                        x, y, t, ignore_index=ignore, reduction=reduction, label_smoothing=0.2
                    ),
                    f.uniform(*full),
                    target,
                    reduction=reduction,
                    ignore=ignore,
                    smoothing=0.2,
                    **extra,
                )
                for smoothing in (0.0, 0.3):
                    f.case(
                        "crossEntropy",
                        f"{title}, probabilities, smoothing {smoothing}, weights {w}, {reduction}",
                        lambda x, y: F.cross_entropy(
                            x, y, t, reduction=reduction, label_smoothing=smoothing
                        ),
                        f.uniform(*full),
                        f.uniform(*full, low=0.1, high=0.9),
                        reduction=reduction,
                        smoothing=smoothing,
                        **extra,
                    )
    images = laid_out(f.uniform(2, 3, 2, 3), "channelsLast")
    f.case(
        "crossEntropy",
        "channels-last images",
        lambda x, y: F.cross_entropy(x, y, torch.tensor(weight), ignore_index=255),
        images,
        torch.where(f.integers(0, 4, 2, 2, 3) == 3, 255, f.integers(0, 3, 2, 2, 3)),
        reduction="mean",
        ignore=255,
        weight=weight,
    )
    for name, function in (("nll", F.nll_loss), ("crossEntropy", F.cross_entropy)):
        f.case(name, "one row", function, f.uniform(3), torch.tensor(1), reduction="mean")
        f.case(
            name,
            "small integers",
            lambda x, y: function(x, y.long()),
            f.uniform(3, 4),
            torch.tensor([3, 0, 2], dtype=torch.uint8),
            reduction="mean",
        )
    f.case(
        "crossEntropy",
        "one row of probabilities",
        F.cross_entropy,
        f.uniform(3),
        f.uniform(3, low=0.1, high=0.9),
        reduction="mean",
    )


def margins(f):
    signs = lambda *shape: f.integers(0, 2, *shape).float() * 2 - 1
    for reduction in REDUCTIONS:
        for margin in (1.0, 0.4):
            f.case(
                "hingeEmbedding",
                f"margin {margin}, {reduction}",
                lambda x, y: F.hinge_embedding_loss(x, y, margin, reduction=reduction),
                f.uniform(2, 4),
                signs(2, 4),
                wanted=1,
                reduction=reduction,
                margin=margin,
            )
            f.case(
                "marginRanking",
                f"margin {margin}, {reduction}",
                lambda a, b, y: F.margin_ranking_loss(a, b, y, margin, reduction=reduction),
                f.uniform(6),
                f.uniform(6),
                signs(6),
                wanted=2,
                reduction=reduction,
                margin=margin,
            )
            f.case(
                "cosineEmbedding",
                f"margin {margin}, {reduction}",
                lambda a, b, y: F.cosine_embedding_loss(a, b, y, margin, reduction=reduction),
                f.uniform(4, 3),
                f.uniform(4, 3),
                torch.tensor([1.0, -1.0, -1.0, 1.0]),
                wanted=2,
                reduction=reduction,
                margin=margin,
            )
        for name, power in (("hinge", 1), ("squaredHinge", 2)):
            f.case(
                name,
                reduction,
                lambda x, y: reduced(F.relu(1 - x * y) ** power, reduction),
                f.uniform(2, 4),
                signs(2, 4),
                wanted=1,
                reduction=reduction,
            )
        f.case(
            "softMargin",
            reduction,
            lambda x, y: F.soft_margin_loss(x, y, reduction=reduction),
            f.uniform(2, 4),
            signs(2, 4),
            wanted=1,
            reduction=reduction,
        )
        for p, margin, weight in ((1, 1.0, None), (2, 0.7, [0.5, 2.0, 1.25, 1.0])):
            extra = {} if weight is None else {"weight": weight}
            w = None if weight is None else torch.tensor(weight)
            f.case(
                "multiMargin",
                f"p {p}, {reduction}",
                lambda x, y: F.multi_margin_loss(x, y, p, margin, w, reduction=reduction),
                f.uniform(3, 4),
                torch.tensor([0, 3, 1]),
                reduction=reduction,
                p=p,
                margin=margin,
                **extra,
            )
        f.case(
            "multilabelMargin",
            reduction,
            lambda x, y: F.multilabel_margin_loss(x, y, reduction=reduction),
            f.uniform(3, 4),
            torch.tensor([[3, 0, -1, 1], [-1, 2, 2, 2], [0, 1, 2, 3]]),
            reduction=reduction,
        )
        for weight in (None, [0.5, 2.0, 1.25]):
            extra = {} if weight is None else {"weight": weight}
            w = None if weight is None else torch.tensor(weight)
            f.case(
                "multilabelSoftMargin",
                f"weights {weight}, {reduction}",
                lambda x, y: F.multilabel_soft_margin_loss(x, y, w, reduction=reduction),
                f.uniform(2, 3),
                f.integers(0, 2, 2, 3).float(),
                wanted=1,
                reduction=reduction,
                **extra,
            )
        for p, swap in ((2.0, False), (1.0, True), (3.0, True)):
            f.case(
                "tripletMargin",
                f"p {p}, swap {swap}, {reduction}",
                lambda a, b, c: F.triplet_margin_loss(
                    a, b, c, margin=1.5, p=p, swap=swap, reduction=reduction
                ),
                f.uniform(4, 3),
                f.uniform(4, 3),
                f.uniform(4, 3),
                reduction=reduction,
                p=p,
                swap=swap,
            )
    f.case(
        "multiMargin",
        "one row",
        F.multi_margin_loss,
        f.uniform(4),
        torch.tensor(2),
        reduction="mean",
        p=1,
        margin=1.0,
    )
    f.case(
        "multilabelMargin",
        "one row",
        F.multilabel_margin_loss,
        f.uniform(4),
        torch.tensor([1, 3, -1, 0]),
        reduction="mean",
    )
    f.case(
        "cosineEmbedding",
        "one pair",
        F.cosine_embedding_loss,
        f.uniform(3),
        f.uniform(3),
        torch.tensor(1.0),
        wanted=2,
        reduction="mean",
        margin=0.0,
    )
    ties = torch.tensor([1.0, 0.0, -1.0])
    f.case(
        "hingeEmbedding",
        "ties",
        lambda x, y: F.hinge_embedding_loss(x, y, reduction="none"),
        ties,
        torch.tensor([-1.0, -1.0, 1.0]),
        wanted=1,
        reduction="none",
        margin=1.0,
    )


def likelihoods(f):
    for reduction in (*REDUCTIONS, "batchmean"):
        for log in (False, True):
            f.case(
                "klDiv",
                f"logarithms {log}, {reduction}",
                lambda x, y: F.kl_div(x, y, reduction=reduction, log_target=log),
                f.uniform(3, 4, low=-3, high=-0.1),
                f.uniform(3, 4, low=-3, high=-0.1) if log else f.uniform(3, 4, low=0.1, high=0.9),
                reduction="batchMean" if reduction == "batchmean" else reduction,
                log=log,
            )
    f.case(
        "klDiv",
        "zeros",
        lambda x, y: F.kl_div(x, y, reduction="none"),
        f.uniform(4, low=-3, high=-0.1),
        torch.tensor([0.0, 0.5, 0.0, 0.5]),
        wanted=1,
        reduction="none",
        log=False,
    )
    for reduction in REDUCTIONS:
        for log in (True, False):
            for full in (False, True):
                f.case(
                    "poissonNLL",
                    f"logarithms {log}, full {full}, {reduction}",
                    lambda x, y: F.poisson_nll_loss(x, y, log, full, reduction=reduction),
                    f.uniform(2, 4, low=0.2, high=2),
                    f.integers(0, 6, 2, 4).float(),
                    wanted=1,
                    reduction=reduction,
                    log=log,
                    full=full,
                )
        for shape in ((3, 4), (3, 1), (3,)):
            f.case(
                "gaussianNLL",
                f"variances {list(shape)}, {reduction}",
                lambda x, y, v: F.gaussian_nll_loss(
                    x, y, v, full=len(shape) == 1, reduction=reduction
                ),
                f.uniform(3, 4),
                f.uniform(3, 4),
                f.uniform(*shape, low=0.3, high=2),
                reduction=reduction,
                full=len(shape) == 1,
            )
    f.case(
        "gaussianNLLFloor",
        "small variances",
        lambda x, y, v: F.gaussian_nll_loss(x, y, v, eps=0.5, reduction="none"),
        f.uniform(4),
        f.uniform(4),
        torch.tensor([0.0, 0.1, 0.5, 0.9]),
        reduction="none",
    )


def focal(x, y, alpha, gamma):
    """torchvision's sigmoid_focal_loss."""
    p = torch.sigmoid(x)
    entropy = F.binary_cross_entropy_with_logits(x, y, reduction="none")
    right = p * y + (1 - p) * (1 - y)
    loss = entropy * (1 - right) ** gamma
    return loss if alpha is None else loss * (alpha * y + (1 - alpha) * (1 - y))


def overlaps(f):
    for reduction in REDUCTIONS:
        for alpha, gamma in ((0.25, 2.0), (None, 1.5), (0.5, 0.0)):
            extra = {} if alpha is None else {"alpha": alpha}
            f.case(
                "sigmoidFocal",
                f"alpha {alpha}, gamma {gamma}, {reduction}",
                lambda x, y: reduced(focal(x, y, alpha, gamma), reduction),
                f.uniform(2, 4),
                f.integers(0, 2, 2, 4).float(),
                wanted=1,
                reduction=reduction,
                gamma=gamma,
                **extra,
            )

        def classes(x, y, gamma, weight, ignore):
            entropy = F.cross_entropy(x, y, reduction="none", ignore_index=ignore)
            weights = torch.where(y == ignore, 0.0, weight[torch.where(y == ignore, 0, y)])
            loss = weights * (1 - torch.exp(-entropy)) ** gamma * entropy
            return loss.sum() / weights.sum() if reduction == "mean" else reduced(loss, reduction)

        for gamma in (2.0, 1.5):
            f.case(
                "focal",
                f"gamma {gamma}, {reduction}",
                lambda x, y: classes(x, y, gamma, torch.tensor([0.5, 2.0, 1.25]), 1),
                f.uniform(2, 3, 2, 2),
                torch.tensor([[[0, 2], [1, 0]], [[2, 2], [0, 1]]]),
                reduction=reduction,
                gamma=gamma,
                ignore=1,
                weight=[0.5, 2.0, 1.25],
            )

        def tversky(p, y, alpha, beta, smooth):
            cells = list(range(2, p.ndim))
            hit = (p * y).sum(cells)
            wrong, missed = (p * (1 - y)).sum(cells), ((1 - p) * y).sum(cells)
            return 1 - (hit + smooth) / (hit + alpha * wrong + beta * missed + smooth)

        def dice(p, y, smooth):
            cells = list(range(2, p.ndim))
            parts = 2 * (p * y).sum(cells) + smooth
            return 1 - parts / (p.sum(cells) + y.sum(cells) + smooth)

        target = torch.tensor([[[0, 2, 2], [1, 0, 1]], [[2, 2, 0], [0, 1, 1]]])
        hot = F.one_hot(target, 3).permute(0, 3, 1, 2).float()
        f.case(
            "dice",
            f"classes, {reduction}",
            lambda x, y: reduced(dice(x.softmax(1), hot, 1), reduction),
            laid_out(f.uniform(2, 3, 2, 3), "channelsLast"),
            target,
            reduction=reduction,
            smooth=1.0,
        )
        f.case(
            "dice",
            f"classes, one ignored, {reduction}",
            lambda x, y: reduced(
                dice(x.softmax(1) * (y != 2).unsqueeze(1), hot * (y != 2).unsqueeze(1), 0.5),
                reduction,
            ),
            f.uniform(2, 3, 2, 3),
            target,
            reduction=reduction,
            smooth=0.5,
            ignore=2,
        )
        f.case(
            "dice",
            f"regions, {reduction}",
            lambda x, y: reduced(dice(x.sigmoid(), y, 1), reduction),
            f.uniform(2, 1, 2, 3),
            f.uniform(2, 1, 2, 3, low=0, high=1),
            reduction=reduction,
            smooth=1.0,
        )
        f.case(
            "tversky",
            f"probabilities, {reduction}",
            lambda p, y: reduced(tversky(p, y, 0.3, 0.7, 1), reduction),
            f.uniform(2, 2, 5, low=0.1, high=0.9),
            f.integers(0, 2, 2, 2, 5).float(),
            wanted=1,
            reduction=reduction,
        )


def edges(f):
    """Empty batches, and operands that stretch."""
    none, labels = torch.zeros(0, 3), torch.zeros(0, dtype=torch.int64)
    pairs = {
        "l1": F.l1_loss,
        "smoothL1": F.smooth_l1_loss,
        "huber": F.huber_loss,
        "binaryCrossEntropy": F.binary_cross_entropy,
        "binaryCrossEntropyWithLogits": F.binary_cross_entropy_with_logits,
        "softMargin": F.soft_margin_loss,
        "hingeEmbedding": F.hinge_embedding_loss,
        "multilabelSoftMargin": F.multilabel_soft_margin_loss,
        "klDiv": F.kl_div,
        "crossEntropy": F.cross_entropy,
    }
    extra = {
        "smoothL1": {"beta": 1.0},
        "huber": {"delta": 1.0},
        "hingeEmbedding": {"margin": 1.0},
        "klDiv": {"log": False},
    }
    for reduction in ("none", "sum"):
        for name, function in pairs.items():
            f.case(
                name,
                f"empty, {reduction}",
                lambda x, y: function(x, y, reduction=reduction),
                none,
                none,
                wanted=1,
                reduction=reduction,
                **extra.get(name, {}),
            )
        for name, function in (("crossEntropy", F.cross_entropy), ("nll", F.nll_loss)):
            f.case(
                name,
                f"no rows, {reduction}",
                lambda x, y: function(x, y, reduction=reduction),
                none,
                labels,
                reduction=reduction,
            )
        f.case(
            "tripletMargin",
            f"empty, {reduction}",
            lambda a, b, c: F.triplet_margin_loss(a, b, c, margin=1.5, reduction=reduction),
            none,
            none,
            none,
            reduction=reduction,
            p=2.0,
            swap=False,
        )
    f.case(
        "klDiv",
        "broadcast",
        lambda x, y: F.kl_div(x, y, reduction="batchmean"),
        f.uniform(2, 3, low=-3, high=-0.1),
        f.uniform(3, low=0.1, high=0.9),
        reduction="batchMean",
        log=False,
    )
    f.case(
        "marginRanking",
        "broadcast",
        lambda a, b, y: F.margin_ranking_loss(a, b, y, 0.5, reduction="none"),
        f.uniform(2, 1),
        f.uniform(2, 3),
        torch.tensor([[1.0, -1.0, 1.0]]),
        wanted=2,
        reduction="none",
        margin=0.5,
    )
    for name, function in (
        ("mse", F.mse_loss),
        ("binaryCrossEntropyWithLogits", F.binary_cross_entropy_with_logits),
    ):
        f.case(name, "numbers", function, f.uniform(), f.uniform(low=0, high=1), reduction="mean")


def distances(f):
    """Triplets with a distance of one's own: the sum of the absolute differences."""
    for reduction in REDUCTIONS:
        for swap in (False, True):
            f.case(
                "tripletMarginDistance",
                f"swap {swap}, {reduction}",
                lambda a, b, c: F.triplet_margin_with_distance_loss(
                    a,
                    b,
                    c,
                    distance_function=lambda x, y: (x - y).abs().sum(-1),
                    margin=1.5,
                    swap=swap,
                    reduction=reduction,
                ),
                *(f.uniform(4, 3) for _ in range(3)),
                reduction=reduction,
                swap=swap,
            )


def write():
    f = Family("MartletNN", "lossFunctions")
    for part in (regression, binary, classes, margins, likelihoods, overlaps, edges, distances):
        part(f)
    f.write()
