"""Recurrent layers and cells, lengths as packed sequences have them."""

import torch
import torch.nn as nn
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


def write():
    layers()
    cells()
