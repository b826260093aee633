"""Trajectories of optimisers over 20 steps, and gradient clipping."""

import torch

from common import Family, values


class Lion(torch.optim.Optimizer):
    """Chen et al. 2023, algorithm 2; PyTorch has none."""

    def __init__(self, parameters, lr, betas=(0.9, 0.99), weight_decay=0.0):
        super().__init__(parameters, dict(lr=lr, betas=betas, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            keep, keep_mean = group["betas"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                mean = self.state[p].setdefault("exp_avg", torch.zeros_like(p))
                self.state[p]["step"] = self.state[p].get("step", 0) + 1
                p.mul_(1 - group["lr"] * group["weight_decay"])
                p.sub_(group["lr"] * (keep * mean + (1 - keep) * p.grad).sign())
                mean.mul_(keep_mean).add_(p.grad, alpha=1 - keep_mean)


KINDS = {
    "sgd": torch.optim.SGD,
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "adagrad": torch.optim.Adagrad,
    "adadelta": torch.optim.Adadelta,
    "rmsprop": torch.optim.RMSprop,
    "adamax": torch.optim.Adamax,
    "nadam": torch.optim.NAdam,
    "radam": torch.optim.RAdam,
    "lion": Lion,
}
SETTINGS = {
    "sgd": [
        dict(),
        dict(weight_decay=0.1),
        dict(momentum=0.9),
        dict(momentum=0.9, dampening=0.3),
        dict(momentum=0.8, weight_decay=0.1, nesterov=True),
    ],
    "adam": [
        dict(),
        dict(weight_decay=0.1),
        dict(betas=(0.8, 0.95), eps=1e-3),
        dict(amsgrad=True, weight_decay=0.1, betas=(0.7, 0.8)),
    ],
    "adamw": [
        dict(),
        dict(weight_decay=0.2, betas=(0.85, 0.99)),
        dict(amsgrad=True, betas=(0.7, 0.8)),
    ],
    "adagrad": [
        dict(),
        dict(lr_decay=0.1, weight_decay=0.1),
        dict(initial_accumulator_value=0.5, eps=1e-3),
    ],
    "adadelta": [dict(), dict(rho=0.8, eps=1e-3, weight_decay=0.1)],
    "rmsprop": [
        dict(),
        dict(alpha=0.9, weight_decay=0.1, eps=1e-3),
        dict(momentum=0.9),
        dict(centered=True, alpha=0.9),
        dict(centered=True, momentum=0.5, weight_decay=0.05, alpha=0.8),
    ],
    "adamax": [dict(), dict(betas=(0.8, 0.9), eps=1e-3, weight_decay=0.1)],
    "nadam": [
        dict(),
        dict(weight_decay=0.1, momentum_decay=0.1),
        dict(weight_decay=0.1, decoupled_weight_decay=True, betas=(0.8, 0.95), eps=1e-3),
    ],
    "radam": [
        dict(),
        dict(weight_decay=0.1, betas=(0.8, 0.9)),
        dict(weight_decay=0.1, decoupled_weight_decay=True, eps=1e-3),
    ],
    "lion": [dict(), dict(weight_decay=0.1, betas=(0.8, 0.95))],
}


def optimisers():
    """Inputs: two parameters and each step's gradients; outputs: them after 1, 2, 10, 20 steps, and
    what the optimiser remembers then."""
    f = Family("MartletOptim", "optimisers")
    for name, several in SETTINGS.items():
        for options in several:
            for dtype in (torch.float32, torch.float64):
                trajectory(f, name, options, dtype)
    clipping(f)
    f.write()


def trajectory(f, name, options, dtype):
    # NAdam's product is of the default type.
    torch.set_default_dtype(dtype)
    first = [f.uniform(2, 2, dtype=dtype), f.uniform(3, dtype=dtype)]
    gradients = [f.uniform(20, *p.shape, dtype=dtype) for p in first]
    parameters = [p.clone().requires_grad_() for p in first]
    optimiser = KINDS[name](parameters, lr=0.05, **options)
    outputs = []
    for step in range(20):
        for p, g in zip(parameters, gradients):
            p.grad = g[step].clone()
        # The rate changes on the way, as schedules make it.
        optimiser.param_groups[0]["lr"] = 0.05 * (1 - step / 40)
        # The second parameter has no gradient at first, so it is younger.
        if step < 3:
            parameters[1].grad = None
        optimiser.step()
        if step in (0, 1, 9, 19):
            outputs += [p.detach().clone() for p in parameters]
    states = []
    for p, parameter in zip(parameters, "ab"):
        for key, value in sorted(optimiser.state[p].items()):
            if key != "step" and value is not None:
                states.append(f"{key}.{parameter}")
                outputs.append(value.double() if value.dim() == 0 else value)
    torch.set_default_dtype(torch.float32)
    title = ", ".join(f"{k} {v}" for k, v in options.items()) or "defaults"
    f.cases.append(
        {
            "operation": name,
            "name": f"{title}, {str(dtype)[6:]}",
            "arguments": {**options, "states": states},
            "inputs": [values(v) for v in first + gradients],
            "outputs": [values(v) for v in outputs],
        }
    )


def clipping(f):
    clips = [("clipValue", limit, 2, torch.float32) for limit in (0.5, 100.0)]
    clips += [
        ("clipNorm", limit, p, dtype)
        for limit in (0.5, 100.0)
        for p in (2, 1, 1.5, 3, "inf")
        for dtype in (torch.float32, torch.float64)
    ]
    for operation, limit, p, dtype in clips:
        gradients = [f.uniform(2, 3, dtype=dtype), f.uniform(4, dtype=dtype)]
        parameters = [torch.zeros_like(g).requires_grad_() for g in gradients]
        for parameter, g in zip(parameters, gradients):
            parameter.grad = g.clone()
        norm = []
        if operation == "clipNorm":
            norm = [torch.nn.utils.clip_grad_norm_(parameters, limit, float(p))]
        else:
            torch.nn.utils.clip_grad_value_(parameters, limit)
        f.cases.append(
            {
                "operation": operation,
                "name": f"{limit}, p {p}, {str(dtype)[6:]}",
                "arguments": {"limit": limit, "p": p},
                "inputs": [values(g) for g in gradients],
                "outputs": [values(v) for v in [q.grad for q in parameters] + norm],
            }
        )


def write():
    optimisers()
