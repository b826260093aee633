"""Distributions: densities, entropies, moments and divergences."""

import torch
import torch.distributions as D

from common import Family


def write():
    f = Family("Martlet", "distributions")
    u = lambda *s, **k: f.uniform(*s, **{"dtype": torch.float64, **k})
    above = lambda *s: u(*s, low=0.3, high=3)
    part = lambda *s: u(*s, low=0.1, high=0.9)
    tril = lambda m: torch.tril(m, -1) + torch.diag_embed(m.diagonal(dim1=-2, dim2=-1).abs() + 0.5)
    vector = lambda m, t: D.MultivariateNormal(m, scale_tril=tril(t))
    makers = {
        "Normal": (D.Normal, lambda: [u(2, 3), above(3)], lambda: u(4, 2, 3)),
        "Uniform": (lambda a, b: D.Uniform(a, a + b, validate_args=False), lambda: [u(3, low=-2, high=-1), u(3, low=3, high=4)], lambda: part(4, 3)),
        "Exponential": (D.Exponential, lambda: [above(3)], lambda: above(2, 3)),
        "Gamma": (D.Gamma, lambda: [above(2, 3), above(3)], lambda: above(2, 3)),
        "Beta": (D.Beta, lambda: [above(2, 3), above(3)], lambda: part(2, 3)),
        "Bernoulli": (lambda p: D.Bernoulli(p), lambda: [part(3)], lambda: f.integers(0, 2, 2, 3).double()),
        "BernoulliLogits": (lambda p: D.Bernoulli(logits=p), lambda: [u(3)], lambda: f.integers(0, 2, 2, 3).double()),
        "Categorical": (lambda p: D.Categorical(p), lambda: [part(2, 4)], lambda: f.integers(0, 4, 3, 2)),
        "CategoricalLogits": (lambda p: D.Categorical(logits=p), lambda: [u(4)], lambda: f.integers(0, 4, 3)),
        "MultivariateNormal": (vector, lambda: [u(2, 3), u(3, 3)], lambda: u(4, 2, 3)),
    }
    for name, (make, parameters, value) in makers.items():
        p = parameters()
        f.case("logProb", name, lambda v, *p: make(*p).log_prob(v), value(), *p, kind=name)
        f.case("entropy", name, lambda *p: make(*p).entropy(), *p, kind=name)
        if not name.startswith("Categorical"):
            f.case("mean", name, lambda *p: make(*p).mean * 1, *p, kind=name)
            f.case("variance", name, lambda *p: make(*p).variance * 1, *p, kind=name)
        q = parameters()
        if name == "Uniform":
            q = [p[0] - 0.5, p[1] + 1]
        n = len(p)
        f.case(
            "klDivergence",
            name,
            lambda *x: D.kl_divergence(make(*x[:n]), make(*x[n:])),
            *p,
            *q,
            kind=name,
        )
    members(f, makers)
    f.write()


def members(f, makers):
    """Properties that only some distributions have."""
    have = {
        "cdf": (("Normal",), lambda d, v: d.cdf(v)),
        "std": (("Normal", "Gamma", "Uniform", "Bernoulli"), lambda d, _: d.stddev * 1),
        "covariance": (("MultivariateNormal",), lambda d, _: d.covariance_matrix * 1),
        "scaleTril": (("MultivariateNormal",), lambda d, _: d.scale_tril * 1),
        "probs": (
            ("BernoulliLogits", "CategoricalLogits", "Categorical"),
            lambda d, _: d.probs * 1,
        ),
        "logits": (("Bernoulli", "BernoulliLogits"), lambda d, _: d.logits * 1),
        "logProbs": (("Categorical", "CategoricalLogits"), lambda d, _: d.logits * 1),
        "shapes": (
            tuple(makers),
            lambda d, _: (torch.zeros(d.batch_shape), torch.zeros(d.event_shape)),
        ),
    }
    for operation, (kinds, function) in have.items():
        for name in kinds:
            make, parameters, value = makers[name]
            inputs = [value(), *parameters()] if operation == "cdf" else parameters()
            if operation == "cdf":
                body = lambda v, *p: function(make(*p), v)
            else:
                body = lambda *p: function(make(*p), None)
            f.case(operation, name, body, *inputs, grad=operation != "shapes", kind=name)
