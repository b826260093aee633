"""Gradients of gradients, as gradient penalties and curvature need them."""

import torch
import torch.nn.functional as F

from common import Family

ACTIVATIONS = {
    "leakyReLU": lambda x: F.leaky_relu(x, 0.2),
    "relu": F.relu,
    "tanh": torch.tanh,
    "softplus": F.softplus,
    "silu": F.silu,
    "gelu": F.gelu,
}


def penalty(activation):
    """The gradient penalty of WGAN-GP (Gulrajani et al. 2017): how far gradients are from length 1."""

    def function(x, w1, b1, w2, b2):
        y = F.linear(activation(F.linear(x, w1, b1)), w2, b2)
        (slopes,) = torch.autograd.grad(y.sum(), x, create_graph=True)
        return (slopes.norm(dim=1) - 1).square().mean()

    return function


def write():
    f = Family("Martlet", "autograd")
    for name, activation in ACTIVATIONS.items():
        f.case(
            "gradientPenalty",
            name,
            penalty(activation),
            f.uniform(3, 2),
            f.uniform(4, 2),
            f.uniform(4),
            f.uniform(1, 4),
            f.uniform(1),
            activation=name,
        )

    def curvature(x, v):
        y = (x.exp() * x.flip(0)).sum() + (x @ x) ** 2
        (g,) = torch.autograd.grad(y, x, create_graph=True)
        (hv,) = torch.autograd.grad(g, x, v, create_graph=True)
        return hv

    f.case("hessianVector", "values", curvature, f.uniform(4, low=-1, high=1), f.uniform(4))

    def third(x):
        y = x**4 + x.sin()
        for _ in range(3):
            (y,) = torch.autograd.grad(y.sum(), x, create_graph=True)
        return y

    f.case("thirdDerivative", "values", third, f.uniform(3))
    for a, b in (
        ((2, 3), (3,)),
        ((2, 1), (1, 3)),
        ((), (2, 2)),
        ((1,), ()),
        ((2, 1, 2), (3, 1)),
        ((0, 2), (1, 2)),
    ):
        f.case(
            "broadcastGradient",
            f"{list(a)} and {list(b)}",
            lambda x, y: (x * y + x / (y * y + 1), x - y),
            f.uniform(*a),
            f.uniform(*b),
        )
    f.write()
