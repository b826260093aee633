"""Normalisation of rows, attention, and the layers of transformers."""

import torch
import torch.nn as nn
import torch.nn.functional as F

from common import Family, laid_out


def given(name, mask):
    """A mask as arguments: its values, shape and whether it is of bool."""
    if mask is None:
        return {}
    values = [-1e30 if v == float("-inf") else v for v in mask.flatten().tolist()]
    return {
        name: values,
        f"{name}Shape": list(mask.shape),
        f"{name}Bool": mask.dtype == torch.bool,
    }


def norms():
    f = Family("Martlet", "rowNormalisation")

    def case(title, shape, size, count=2, layout=None, dtype=torch.float32, **options):
        parameters = [f.uniform(*size, dtype=dtype) for _ in range(count)]
        f.case(
            "layerNorm",
            title,
            lambda x, *p: F.layer_norm(x, size, *p, **options),
            laid_out(f.uniform(*shape, dtype=dtype), layout),
            *parameters,
            size=size,
            **({"epsilon": options["eps"]} if options else {}),
        )

    case("rows", (3, 5), (5,))
    case("one row", (7,), (7,))
    case("without parameters", (3, 5), (5,), count=0)
    case("without bias", (3, 5), (5,), count=1)
    case("several dimensions", (2, 3, 4), (3, 4))
    case("wide", (2, 37), (37,), eps=0.1)
    case("many rows", (40, 3), (3,))
    case("strided", (2, 3, 4), (4,), layout="strided")
    case("transposed", (3, 4), (4,), layout="transposed")
    case("no row", (0, 4), (4,))
    case("float64", (3, 5), (5,), dtype=torch.float64)
    for title, shape, size, count in (
        ("rows", (3, 5), (5,), 1),
        ("without weight", (3, 5), (5,), 0),
        ("several dimensions", (2, 3, 4), (3, 4), 1),
    ):
        f.case(
            "rmsNorm",
            title,
            lambda x, *p: F.rms_norm(x, size, *p, eps=1e-3),
            f.uniform(*shape),
            *(f.uniform(*size) for _ in range(count)),
            size=size,
            epsilon=1e-3,
        )
    f.write()


def products():
    f = Family("Martlet", "attention")

    def case(title, lead, queries, keys, size, values=None, mask=None, layout=None, **options):
        f.case(
            "attention",
            title,
            lambda q, k, v: F.scaled_dot_product_attention(q, k, v, mask, **options),
            laid_out(f.uniform(*lead, queries, size), layout),
            laid_out(f.uniform(*lead, keys, size), layout),
            laid_out(f.uniform(*lead, keys, values or size), layout),
            causal=options.get("is_causal", False),
            **({"scale": options["scale"]} if "scale" in options else {}),
            **given("mask", mask),
        )

    case("matrices", (), 3, 4, 2)
    case("batches", (2,), 3, 4, 2)
    case("heads", (2, 2), 3, 2, 3)
    case("values of their own size", (1, 2), 3, 4, 2, values=5)
    case("one query", (2, 1), 1, 5, 3)
    case("one key", (1, 1), 3, 1, 2)
    case("scale", (2,), 3, 3, 2, scale=0.3)
    case("causal", (2, 1), 4, 4, 2, is_causal=True)
    case("causal, fewer keys", (1,), 5, 3, 2, is_causal=True)
    case("several blocks", (1,), 50, 18, 2)
    case("more keys than a panel", (1,), 3, 70, 2, is_causal=False)
    seen = torch.tensor([[1, 1, 0, 1], [0, 1, 1, 0], [1, 0, 0, 0]], dtype=torch.bool)
    case("mask", (2,), 3, 4, 2, mask=seen)
    padding = torch.tensor([[1, 1, 1, 0], [1, 0, 0, 0]], dtype=torch.bool)
    case("padding", (2, 2), 3, 4, 2, mask=padding[:, None, None, :])
    case("added", (2, 2), 3, 4, 2, mask=f.uniform(3, 4))
    case("added to each head", (1, 2), 2, 3, 2, mask=f.uniform(1, 2, 2, 3))
    case("added to columns", (1, 2), 3, 3, 2, mask=f.uniform(3, 1).expand(3, 3))
    case("transposed", (2, 2), 3, 4, 2, layout="transposed")
    case("strided", (2, 2), 3, 4, 2, layout="strided")
    f.write()


def layers():
    f = Family("MartletNN", "attention")

    def case(kind, title, module, function, *inputs, **arguments):
        for p in module.parameters():
            p.data = f.uniform(*p.shape, low=-0.9, high=0.9)
        names = [n for n, _ in module.named_parameters()]
        count = len(inputs)

        def run(*tensors):
            state = dict(zip(names, tensors[count:]))
            return function(
                lambda *a, **k: torch.func.functional_call(module, state, a, k), *tensors[:count]
            )

        f.case(
            kind,
            title,
            run,
            *inputs,
            *(p.data for p in module.parameters()),
            parameters=names,
            inputs=count,
            **arguments,
        )

    def mha(title, inputs, first=False, bias=True, sizes=None, padding=None, pairs=None):
        """Inputs are queries, keys and values; one stands for all three, two for keys as values."""
        size = inputs[0].shape[2]
        kdim, vdim = sizes or (None, None)
        module = nn.MultiheadAttention(size, 2, bias=bias, batch_first=first, kdim=kdim, vdim=vdim)

        def run(m, *x):
            q, k, v = x[0], x[min(1, len(x) - 1)], x[-1]
            return m(q, k, v, key_padding_mask=padding, attn_mask=pairs)

        case(
            "multihead",
            title,
            module,
            run,
            *inputs,
            size=size,
            batchFirst=first,
            bias=bias,
            **({"sizes": sizes} if sizes else {}),
            **given("padding", padding),
            **given("pairs", pairs),
        )

    hidden = torch.tensor([[0, 0, 1], [0, 1, 1]], dtype=torch.bool)
    later = torch.ones(3, 3, dtype=torch.bool).triu(1)
    mha("one sequence", [f.uniform(3, 2, 4)])
    mha("batch first", [f.uniform(2, 3, 4)], first=True)
    mha("without bias", [f.uniform(3, 1, 4)], bias=False)
    mha("keys", [f.uniform(2, 2, 4), f.uniform(3, 2, 4)])
    mha("keys and values", [f.uniform(2, 2, 4), f.uniform(3, 2, 4), f.uniform(3, 2, 4)])
    mha(
        "sizes of their own",
        [f.uniform(2, 1, 4), f.uniform(3, 1, 3), f.uniform(3, 1, 5)],
        sizes=(3, 5),
    )
    mha("padding", [f.uniform(2, 3, 4)], first=True, padding=hidden)
    mha("pairs", [f.uniform(3, 2, 4)], pairs=later)
    mha("pairs of each head", [f.uniform(2, 2, 4)], pairs=f.uniform(4, 2, 2))
    mha("both", [f.uniform(2, 3, 4)], first=True, padding=hidden, pairs=later)

    def options(**changes):
        return dict(dim_feedforward=5, dropout=0.0) | changes

    for title, changes in {
        "norm after": {},
        "norm first": dict(norm_first=True),
        "gelu": dict(activation="gelu", batch_first=True),
    }.items():
        arguments = dict(
            normFirst=changes.get("norm_first", False),
            gelu="activation" in changes,
            batchFirst=changes.get("batch_first", False),
        )
        case(
            "encoderLayer",
            title,
            nn.TransformerEncoderLayer(4, 2, **options(**changes)),
            lambda m, x: m(x),
            f.uniform(2, 2, 4),
            **arguments,
        )
        case(
            "decoderLayer",
            title,
            nn.TransformerDecoderLayer(4, 2, **options(**changes)),
            lambda m, x, y: m(x, y, tgt_mask=later[:2, :2]),
            f.uniform(2, 2, 4),
            f.uniform(*((2, 3, 4) if arguments["batchFirst"] else (3, 2, 4))),
            **arguments,
        )
    case(
        "transformer",
        "padding",
        nn.Transformer(4, 2, 1, 2, batch_first=True, **options()),
        lambda m, x, y: m(
            x,
            y,
            tgt_mask=later[:2, :2],
            src_key_padding_mask=hidden,
            memory_key_padding_mask=hidden,
        ),
        f.uniform(2, 3, 4),
        f.uniform(2, 2, 4),
        normFirst=False,
        gelu=False,
        batchFirst=True,
        **given("padding", hidden),
    )

    class Bahdanau(nn.Module):
        def __init__(self):
            super().__init__()
            self.query, self.key, self.score = nn.Linear(3, 4), nn.Linear(2, 4), nn.Linear(4, 1)

        def forward(self, q, k, mask=None):
            return mean(self.score(torch.tanh(self.query(q)[:, None] + self.key(k))), k, mask)

    class Luong(nn.Module):
        def __init__(self, score):
            super().__init__()
            if score == "general":
                self.weight = nn.Linear(2, 3, bias=False)
            if score == "concat":
                self.weight = nn.Linear(5, 4, bias=False)
                self.vector = nn.Linear(4, 1, bias=False)
            self.score = score

        def forward(self, q, k, mask=None):
            if self.score == "concat":
                wide = q[:, None].expand(-1, k.shape[1], -1)
                return mean(self.vector(torch.tanh(self.weight(torch.cat([wide, k], 2)))), k, mask)
            return mean((self.weight(k) if self.score == "general" else k) @ q[:, :, None], k, mask)

    def mean(scores, k, mask):
        scores = scores[:, :, 0]
        if mask is not None:
            scores = scores.masked_fill(~mask, float("-inf"))
        w = scores.softmax(1)
        return torch.einsum("ns,nsd->nd", w, k), w

    seen = torch.tensor([[1, 1, 0], [1, 1, 1]], dtype=torch.bool)
    for title, mask in (("all", None), ("mask", seen)):
        for kind, module, size in (
            ("bahdanau", Bahdanau(), 3),
            ("luongDot", Luong("dot"), 2),
            ("luongGeneral", Luong("general"), 3),
            ("luongConcat", Luong("concat"), 3),
        ):
            case(
                kind,
                title,
                module,
                lambda m, q, k: m(q, k, mask),
                f.uniform(2, size),
                f.uniform(2, 3, 2),
                **given("mask", mask),
            )
    f.write()


def write():
    norms()
    products()
    layers()
