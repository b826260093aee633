"""Changes in place, layouts, what gradients do not flow through, and draws with one outcome."""

import torch
import torch.nn.functional as F

from common import Family

SHAPES = (
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((2, 2, 3), (2, 1, 3)),
    ((2, 3), ()),
    ((0, 3), (3,)),
)


def in_place(f):
    changes = {
        "add": lambda x, y: x.add_(y),
        "sub": lambda x, y: x.sub_(y),
        "mul": lambda x, y: x.mul_(y),
        "div": lambda x, y: x.div_(y),
    }
    for name, change in changes.items():
        for a, b in SHAPES:
            low = 0.5 if name == "div" else -2
            f.case(
                f"{name}InPlace",
                f"{list(a)} and {list(b)}",
                lambda x, y: change(x.clone(), y),
                f.uniform(*a),
                f.uniform(*b, low=low),
            )
        f.case(
            f"{name}NumberInPlace",
            "2.5",
            lambda x: change(x.clone(), 2.5),
            f.uniform(2, 3),
            number=2.5,
        )
        if name != "div":
            a, b = f.integers(-4, 5, 2, 3), f.integers(1, 4, 3)
            whole = lambda x, y: change(x.clone(), y)
            f.case(f"{name}InPlace", "integers", whole, a, b, grad=False)
    taken = lambda x, y: x.clone().copy_(y) * 2
    f.case("set", "of a leaf", taken, f.uniform(2), f.uniform(2), grad=False)


def layouts(f):
    for shape in ((2, 3), (1, 3, 2, 2), (2, 0, 3), (4,)):
        order = list(reversed(range(len(shape))))
        turned = lambda x: x.permute(order).contiguous()
        f.case("contiguous", f"{list(shape)}", turned, f.uniform(*shape))
    for shape in ((2, 3, 2, 2), (1, 1, 3, 2), (0, 2, 2, 2)):
        f.case(
            "channelsLast",
            f"{list(shape)}",
            lambda x: x.contiguous(memory_format=torch.channels_last) * 2,
            f.uniform(*shape),
        )
    for t in (torch.float32, torch.int64, torch.bool, torch.bfloat16):
        kind = str(t)[6:]
        number = lambda x: torch.tensor(float(x.item()))
        f.case("item", kind, number, torch.ones(1, 1).to(t), grad=False)
        again = lambda x: torch.tensor(x.tolist(), dtype=t)
        f.case("tolist", kind, again, f.uniform(2, 3).to(t), grad=False)
        if t != torch.bool:
            f.case("arangeWhole", kind, lambda: torch.arange(2, dtype=t), grad=False, type=kind)


def flows(f):
    def hooked(x):
        y = x * x
        y.register_hook(lambda g: g * 3)
        return y.sin()

    def partly(x):
        with torch.no_grad():
            half = x * 0.5
            with torch.enable_grad():
                whole = x * x
        return half * x + whole

    f.case("detach", "a factor", lambda x: x * x.detach() + x.sin(), f.uniform(2, 3))
    f.case("registerHook", "three times", hooked, f.uniform(2, 3))
    f.case("noGrad", "a part", partly, f.uniform(3))


def draws(f):
    one = torch.tensor([[0.0, 2.0, 0.0], [0.0, 0.0, 0.5]])
    f.case("bernoulli", "certain", torch.bernoulli, torch.tensor([0.0, 1.0, 1.0]), grad=False)
    f.case("multinomial", "certain", lambda x: torch.multinomial(x, 1), one, grad=False)
    f.case(
        "multinomialRepeated", "certain", lambda x: torch.multinomial(x, 3, True), one, grad=False
    )
    f.case("normal", "without spread", torch.normal, f.uniform(2, 3), torch.zeros(3), grad=False)
    f.case("randint", "one number", lambda: torch.randint(4, 5, (2, 3)), grad=False)
    f.case("randperm", "of one", lambda: torch.randperm(1), grad=False)
    for shape in ((4,), (2, 3, 2), (0, 2, 2)):
        for p in (0.0, 1.0):
            name = f"{list(shape)}, p {p}"
            f.case("dropout", name, lambda x: F.dropout(x, p), f.uniform(*shape), p=p)
            f.case(
                "alphaDropoutDrawn",
                f"{list(shape)}, p {p}",
                lambda x: F.alpha_dropout(x, p, True),
                f.uniform(*shape),
                p=p,
            )
            if len(shape) == 3:
                f.case(
                    "featureDropout",
                    f"{list(shape)}, p {p}",
                    lambda x: F.dropout1d(x, p),
                    f.uniform(*shape),
                    p=p,
                )
        f.case(
            "rreluDrawn",
            f"{list(shape)}",
            lambda x: F.rrelu(x, 0.25, 0.25, True),
            f.uniform(*shape),
        )
    f.case(
        "attentionDropout",
        "p 0",
        lambda q, k, v: F.scaled_dot_product_attention(q, k, v, dropout_p=0.0),
        f.uniform(2, 3, 4),
        f.uniform(2, 5, 4),
        f.uniform(2, 5, 4),
    )
    # Data of rank 3: its singular values do not depend on what is drawn.
    low = torch.round(f.uniform(8, 3) * 4) / 4 @ torch.round(f.uniform(3, 5) * 4) / 4
    for name, values in (
        ("svdLowRank", lambda x: torch.svd_lowrank(x, 3, 4)[1]),
        ("pcaLowRank", lambda x: torch.pca_lowrank(x, 3, True, 4)[1]),
    ):
        f.case(name, "rank 3", values, low.double(), grad=False)


def write():
    f = Family("Martlet", "assignments")
    for part in (in_place, layouts, flows, draws):
        part(f)
    f.write()
