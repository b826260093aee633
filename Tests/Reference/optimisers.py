"""Trajectories of optimisers and schedules over 20 steps."""

import torch
from torch.optim import lr_scheduler as schedules

from common import Family, values


def optimisers():
    """Inputs: two parameters and each step's gradients; outputs: them after 1, 2, 10, 20 steps."""
    f = Family("MartletOptim", "optimisers")
    settings = {
        "sgd": [
            dict(),
            dict(weight_decay=0.1),
            dict(momentum=0.9),
            dict(momentum=0.9, dampening=0.3),
            dict(momentum=0.8, weight_decay=0.1, nesterov=True),
        ],
        "adam": [dict(), dict(weight_decay=0.1), dict(betas=(0.8, 0.95), eps=1e-3)],
        "adamw": [dict(), dict(weight_decay=0.2, betas=(0.85, 0.99))],
    }
    kinds = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}
    for name, several in settings.items():
        for options in several:
            first = [f.uniform(2, 3), f.uniform(4)]
            gradients = [f.uniform(20, *p.shape) for p in first]
            parameters = [p.clone().requires_grad_() for p in first]
            optimiser = kinds[name](parameters, lr=0.05, **options)
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
            f.cases.append(
                {
                    "operation": name,
                    "name": ", ".join(f"{k} {v}" for k, v in options.items()) or "defaults",
                    "arguments": {k: v for k, v in options.items()},
                    "inputs": [values(v) for v in first + gradients],
                    "outputs": [values(v) for v in outputs],
                }
            )
    # Gradient clipping.
    for limit in (0.5, 100.0):
        gradients = [f.uniform(2, 3), f.uniform(4)]
        for operation in ("clipNorm", "clipValue"):
            parameters = [torch.zeros_like(g).requires_grad_() for g in gradients]
            for p, g in zip(parameters, gradients):
                p.grad = g.clone()
            if operation == "clipNorm":
                norm = [torch.nn.utils.clip_grad_norm_(parameters, limit)]
            else:
                torch.nn.utils.clip_grad_value_(parameters, limit)
                norm = []
            f.cases.append(
                {
                    "operation": operation,
                    "name": f"{limit}",
                    "arguments": {"limit": limit},
                    "inputs": [values(g) for g in gradients],
                    "outputs": [values(v) for v in [p.grad for p in parameters] + norm],
                }
            )
    f.write()


def rates():
    """Outputs: each step's learning rate by the base and, where it moves, the momentum."""
    f = Family("MartletOptim", "schedules")

    def case(operation, name, make, count, momentum=False, **arguments):
        optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.5, momentum=0.9)
        schedule = make(optimiser)
        rates, momenta = [], []
        for _ in range(count):
            rates.append(optimiser.param_groups[0]["lr"] / 0.5)
            momenta.append(optimiser.param_groups[0]["momentum"])
            optimiser.step()
            if len(rates) < count:
                schedule.step()
        outputs = [
            torch.tensor(v, dtype=torch.float64)
            for v in ([rates, momenta] if momentum else [rates])
        ]
        f.cases.append(
            {
                "operation": operation,
                "name": name,
                "arguments": arguments,
                "inputs": [],
                "outputs": [values(v) for v in outputs],
            }
        )

    case("constant", "always 1", lambda o: schedules.ConstantLR(o, 1), 20)
    case("step", "every 6", lambda o: schedules.StepLR(o, 6, 0.3), 20, every=6, gamma=0.3)
    case(
        "multiStep",
        "3, 8, 15",
        lambda o: schedules.MultiStepLR(o, [3, 8, 15], 0.5),
        20,
        milestones=[3, 8, 15],
        gamma=0.5,
    )
    case("cosine", "to 0", lambda o: schedules.CosineAnnealingLR(o, 19), 20, steps=19, minimum=0)
    case(
        "cosine",
        "to a tenth",
        lambda o: schedules.CosineAnnealingLR(o, 19, 0.05),
        20,
        steps=19,
        minimum=0.1,
    )
    for name, options in {
        "defaults": dict(),
        "linear": dict(anneal_strategy="linear"),
        "short rise": dict(pct_start=0.13),
        "divisors": dict(div_factor=10, final_div_factor=100),
        "momenta": dict(base_momentum=0.7, max_momentum=0.9),
    }.items():
        case(
            "oneCycle",
            name,
            lambda o: schedules.OneCycleLR(o, 0.5, total_steps=20, **options),
            20,
            momentum=True,
            steps=20,
            **options,
        )
    case(
        "oneCycle",
        "an odd number of steps",
        lambda o: schedules.OneCycleLR(o, 0.5, total_steps=17),
        17,
        momentum=True,
        steps=17,
    )
    warm = lambda o, main: schedules.SequentialLR(
        o, [schedules.LinearLR(o, 0.2, total_iters=5), main], [5]
    )
    case(
        "warmCosine",
        "5 steps",
        lambda o: warm(o, schedules.CosineAnnealingLR(o, 14)),
        20,
        warm=5,
        start=0.2,
        steps=14,
    )
    f.write()


def write():
    optimisers()
    rates()
