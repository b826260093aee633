"""Recurrent layers and cells, lengths as packed sequences have them; CTC; embeddings."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from common import Family, laid_out

LAYERS = {
    "lstm": nn.LSTM,
    "gru": nn.GRU,
    "rnn": nn.RNN,
    "rnnReLU": lambda *a, **k: nn.RNN(*a, nonlinearity="relu", **k),
}
CELLS = {
    "lstmCell": nn.LSTMCell,
    "gruCell": nn.GRUCell,
    "rnnCell": nn.RNNCell,
    "rnnCellReLU": lambda *a, **k: nn.RNNCell(*a, nonlinearity="relu", **k),
}


def layers():
    f = Family("MartletNN", "recurrent")

    def case(kind, title, t, n, i, h, lengths=None, states=False, layout=None, **options):
        """Inputs are x, the first states and the parameters; outputs y and the last states."""
        module = LAYERS[kind](i, h, **options)
        first = options.get("batch_first", False)
        rows = options.get("num_layers", 1) * (2 if options.get("bidirectional") else 1)
        for p in module.parameters():
            p.data = f.uniform(*p.shape, low=-0.8, high=0.8)
        names = [k for k, _ in module.named_parameters()]
        count = (2 if kind == "lstm" else 1) if states else 0

        def run(x, *tensors):
            given = tensors[:count]
            start = None if not given else given if kind == "lstm" else given[0]
            state = dict(zip(names, tensors[count:]))
            if lengths:
                x = pack_padded_sequence(x, torch.tensor(lengths), first, enforce_sorted=False)
            y, last = torch.func.functional_call(module, state, (x, start))
            if lengths:
                y = pad_packed_sequence(y, first, total_length=t)[0]
            return y, *(last if kind == "lstm" else (last,))

        x = f.uniform(n, t, i) if first else f.uniform(t, n, i)
        arguments = dict(lengths=lengths) if lengths else {}
        f.case(
            kind,
            title,
            run,
            laid_out(x, layout),
            *(f.uniform(rows, n, h) for _ in range(count)),
            *(p.data for p in module.parameters()),
            parameters=names,
            input=i,
            hidden=h,
            layers=options.get("num_layers", 1),
            bias=options.get("bias", True),
            batchFirst=first,
            bidirectional=options.get("bidirectional", False),
            states=count,
            **arguments,
        )

    for kind in LAYERS:
        case(kind, "plain", 3, 2, 2, 3)
        case(kind, "first states", 3, 2, 3, 2, states=True)
        case(kind, "one step", 1, 2, 3, 2, states=True)
        case(kind, "one row", 4, 1, 2, 2)
        case(kind, "one row and step", 1, 1, 1, 1, bidirectional=True)
        case(kind, "without bias", 2, 2, 2, 2, bias=False)
        case(kind, "batch first", 3, 2, 2, 2, batch_first=True, states=True)
        case(kind, "both directions", 3, 2, 2, 2, bidirectional=True)
        case(kind, "both directions with states", 3, 2, 2, 2, bidirectional=True, states=True)
        case(kind, "two layers", 2, 2, 3, 2, num_layers=2)
        case(kind, "lengths", 4, 3, 2, 2, lengths=[2, 4, 1])
        case(kind, "equal lengths", 3, 2, 2, 2, lengths=[3, 3], bidirectional=True)
        case(kind, "lengths with states", 4, 3, 2, 2, lengths=[4, 2, 3], states=True)
        case(
            kind,
            "everything",
            4,
            3,
            2,
            2,
            lengths=[1, 4, 3],
            states=True,
            num_layers=2,
            bidirectional=True,
            batch_first=True,
        )
        case(kind, "everything shorter", 3, 2, 2, 2, lengths=[1, 2], states=True, bidirectional=True)
        case(kind, "strided", 2, 3, 2, 2, layout="strided")
    f.write()


def cells():
    f = Family("MartletNN", "recurrentCells")

    def case(kind, title, n, i, h, states=True, bias=True):
        module = CELLS[kind](i, h, bias=bias)
        for p in module.parameters():
            p.data = f.uniform(*p.shape, low=-0.8, high=0.8)
        names = [k for k, _ in module.named_parameters()]
        count = (2 if kind == "lstmCell" else 1) if states else 0

        def run(x, *tensors):
            given = tensors[:count]
            start = None if not given else given if kind == "lstmCell" else given[0]
            return torch.func.functional_call(
                module, dict(zip(names, tensors[count:])), (x, start)
            )

        f.case(
            kind,
            title,
            run,
            f.uniform(n, i),
            *(f.uniform(n, h) for _ in range(count)),
            *(p.data for p in module.parameters()),
            parameters=names,
            input=i,
            hidden=h,
            bias=bias,
            states=count,
        )

    for kind in CELLS:
        case(kind, "with state", 2, 3, 2)
        case(kind, "without state", 2, 3, 2, states=False)
        case(kind, "without bias", 3, 2, 2, bias=False)
        case(kind, "one row", 1, 2, 5)
    f.write()


def ctc():
    f = Family("MartletNN", "ctc")

    def case(title, x, targets, frames, labels, flat=False, dtype=torch.float32, **options):
        arguments = dict(blank=0, reduction="mean", zero_infinity=False) | options
        y = torch.tensor(targets)
        if flat:
            y = torch.cat([y[i, : labels[i]] for i in range(len(labels))])
        f.case(
            "ctcLoss",
            title,
            lambda x: F.ctc_loss(
                x.log_softmax(2), y, torch.tensor(frames), torch.tensor(labels), **arguments
            ),
            x.to(dtype),
            targets=y.flatten().tolist(),
            width=0 if flat else len(targets[0]),
            frames=frames,
            labels=labels,
            blank=arguments["blank"],
            reduction=arguments["reduction"],
            zeroInfinity=arguments["zero_infinity"],
        )

    two = [[1, 2, 2], [3, 1, 1]]
    for reduction in ("mean", "sum", "none"):
        case(reduction, f.uniform(6, 2, 4), two, [6, 5], [3, 2], reduction=reduction)
    case("concatenated", f.uniform(5, 2, 4), two, [5, 4], [2, 1], flat=True)
    case("blank last", f.uniform(5, 2, 4), [[1, 0], [2, 2]], [5, 5], [2, 2], blank=3)
    case("blank within", f.uniform(4, 1, 5), [[4, 0, 1]], [4], [3], blank=2)
    case("empty targets", f.uniform(4, 2, 3), [[1, 2], [1, 1]], [4, 3], [0, 1])
    case("only empty targets", f.uniform(3, 2, 3), [[1], [1]], [3, 2], [0, 0], reduction="sum")
    case("one frame", f.uniform(1, 2, 3), [[1], [2]], [1, 1], [1, 1])
    case("as many frames as needed", f.uniform(5, 1, 3), [[1, 1, 1]], [5], [3])
    case(
        "infeasible, counted as 0",
        f.uniform(4, 3, 3),
        [[1, 1, 1], [2, 1, 1], [1, 2, 1]],
        [4, 4, 2],
        [3, 3, 3],
        zero_infinity=True,
    )
    case("float64", f.uniform(5, 2, 4), two, [5, 5], [3, 2], dtype=torch.float64)
    case("unlikely", f.uniform(8, 1, 3, low=-40, high=40), [[1, 2]], [8], [2])
    x = f.uniform(3, 1, 3)
    f.case(
        "ctcLoss",
        "infeasible",
        lambda x: F.ctc_loss(
            x.log_softmax(2), torch.tensor([[1, 1]]), torch.tensor([2]), torch.tensor([2])
        ),
        x,
        grad=False,
        targets=[1, 1],
        width=2,
        frames=[2],
        labels=[2],
        blank=0,
        reduction="mean",
        zeroInfinity=False,
    )
    f.write()


def embeddings():
    f = Family("MartletNN", "embeddings")

    def case(title, indices, rows=5, size=3, **options):
        f.case(
            "embedding",
            title,
            lambda w, i: F.embedding(i, w, **options),
            f.uniform(rows, size),
            indices,
            wanted=1,
            **{"padding": options[k] for k in options},
        )

    case("vector", torch.tensor([0, 4, 2, 4]))
    case("matrix", f.integers(0, 5, 2, 3))
    case("one index", torch.tensor(3))
    case("no index", f.integers(0, 5, 0))
    case("int32", f.integers(0, 5, 2, 2, dtype=torch.int32))
    case("padding", torch.tensor([[1, 2, 1], [0, 1, 4]]), padding_idx=1)
    case("padding from the end", torch.tensor([[4, 2, 4]]), padding_idx=-1)

    def bag(title, indices, offsets=None, weights=False, mode="mean", padding=None):
        given = [] if offsets is None else [torch.tensor(offsets)]
        factors = [f.uniform(*indices.shape)] if weights else []
        arguments = {} if padding is None else dict(padding=padding)
        f.case(
            "embeddingBag",
            f"{mode}, {title}",
            lambda w, *rest: F.embedding_bag(
                indices,
                w,
                *given,
                mode=mode,
                per_sample_weights=rest[0] if weights else None,
                padding_idx=padding,
            ),
            f.uniform(6, 3),
            *factors,
            indices=indices.flatten().tolist(),
            shape=list(indices.shape),
            **(dict(offsets=offsets) if offsets else {}),
            mode=mode,
            **arguments,
        )

    for mode in ("sum", "mean", "max"):
        bag("matrix", f.integers(0, 6, 3, 4), mode=mode)
        bag("offsets", f.integers(0, 6, 7), [0, 2, 3], mode=mode)
        bag("empty bags", f.integers(0, 6, 5), [0, 0, 3, 5], mode=mode)
        bag("padding", torch.tensor([[1, 2, 1], [1, 1, 1], [0, 4, 1]]), mode=mode, padding=1)
        bag("padding, offsets", torch.tensor([1, 2, 5, 1, 5]), [0, 3], mode=mode, padding=-1)
    bag("weights", f.integers(0, 6, 2, 3), weights=True, mode="sum")
    bag("weights, offsets", f.integers(0, 6, 6), [0, 4], weights=True, mode="sum")
    bag("weights, padding", torch.tensor([[3, 3], [0, 3]]), weights=True, mode="sum", padding=3)
    f.write()


def write():
    layers()
    cells()
    ctc()
    embeddings()
