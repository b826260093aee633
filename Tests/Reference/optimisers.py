"""Trajectories of optimisers over 20 steps and schedules over 30."""

import torch
from torch.optim import lr_scheduler as schedules
from torch.optim.swa_utils import SWALR

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
    """Inputs: two parameters and each step's gradients; outputs: them after 1, 2, 10, 20 steps, then
    what the optimiser remembers of each parameter."""
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

    case("constant", "always 1", lambda o: schedules.ConstantLR(o, 1), 30)
    case("step", "every 6", lambda o: schedules.StepLR(o, 6, 0.3), 30, every=6, gamma=0.3)
    case(
        "multiStep",
        "3, 8, 22",
        lambda o: schedules.MultiStepLR(o, [3, 8, 22], 0.5),
        30,
        milestones=[3, 8, 22],
        gamma=0.5,
    )
    case("cosine", "to 0", lambda o: schedules.CosineAnnealingLR(o, 29), 30, steps=29, minimum=0)
    case(
        "cosine",
        "to a tenth",
        lambda o: schedules.CosineAnnealingLR(o, 29, 0.05),
        30,
        steps=29,
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
            lambda o: schedules.OneCycleLR(o, 0.5, total_steps=30, **options),
            30,
            momentum=True,
            steps=30,
            **options,
        )
    case(
        "oneCycle",
        "an odd number of steps",
        lambda o: schedules.OneCycleLR(o, 0.5, total_steps=27),
        27,
        momentum=True,
        steps=27,
    )
    warm = lambda o, main: schedules.SequentialLR(
        o, [schedules.LinearLR(o, 0.2, total_iters=5), main], [5]
    )
    case(
        "warmCosine",
        "5 steps",
        lambda o: warm(o, schedules.CosineAnnealingLR(o, 24)),
        30,
        warm=5,
        start=0.2,
        steps=24,
    )
    simple(case)
    combined(case)
    f.write()


def simple(case):
    """Schedules of one formula; the optimiser's learning rate is 0.5."""
    case("exponential", "0.9", lambda o: schedules.ExponentialLR(o, 0.9), 30, gamma=0.9)
    for name, options in {
        "defaults": dict(),
        "down": dict(start_factor=0.8, end_factor=0.2, total_iters=22),
    }.items():
        case("linear", name, lambda o: schedules.LinearLR(o, **options), 30, **options)
    for name, options in {
        "defaults": dict(),
        "squared": dict(total_iters=25, power=2.0),
        "root": dict(total_iters=40, power=0.5),
    }.items():
        case("polynomial", name, lambda o: schedules.PolynomialLR(o, **options), 30, **options)
    for size, warm in (512, 8), (64, 400):

        def noam(step):
            return size**-0.5 * min((step + 1) ** -0.5, (step + 1) * warm**-1.5)

        name = f"{size} wide, {warm} steps"
        case("noam", name, lambda o: schedules.LambdaLR(o, noam), 30, size=size, warm=warm)
    for first, multiple, minimum in (7, 1, 0), (4, 2, 0.1), (30, 1, 0.2), (2, 3, 0):
        case(
            "cosineWithRestarts",
            f"{first}, {multiple}, {minimum}",
            lambda o: schedules.CosineAnnealingWarmRestarts(o, first, multiple, minimum * 0.5),
            30,
            first=first,
            multiple=multiple,
            minimum=minimum,
        )
    for name, options in {
        "triangles": dict(step_size_up=6),
        "halving": dict(step_size_up=3, step_size_down=5, mode="triangular2"),
        "exponential": dict(step_size_up=4, mode="exp_range", gamma=0.95),
        "momenta": dict(step_size_up=5, base_momentum=0.7, max_momentum=0.95),
    }.items():
        case(
            "cyclic",
            name,
            lambda o: schedules.CyclicLR(o, 0.1, 0.5, **options),
            30,
            momentum=True,
            base=0.2,
            **options,
        )


def combined(case):
    """Schedules made of others."""
    case(
        "sequence",
        "linear, exponential, restarts",
        lambda o: schedules.SequentialLR(
            o,
            [
                schedules.LinearLR(o, 0.2, total_iters=5),
                schedules.ExponentialLR(o, 0.8),
                schedules.CosineAnnealingWarmRestarts(o, 6),
            ],
            [5, 14],
        ),
        30,
    )
    case(
        "product",
        "linear, exponential",
        lambda o: schedules.ChainedScheduler(
            [schedules.LinearLR(o, 0.2, total_iters=5), schedules.ExponentialLR(o, 0.9)]
        ),
        30,
    )
    for strategy, steps, start in ("cos", 10, 0), ("linear", 7, 0), ("cos", 0, 0), ("cos", 6, 9):

        class Settling:
            """What a training loop with weight averaging does."""

            def __init__(self, optimiser):
                self.main = schedules.ExponentialLR(optimiser, 0.9)
                self.average = SWALR(optimiser, 0.1, steps, strategy) if start == 0 else None
                self.optimiser, self.taken = optimiser, 0

            def step(self):
                self.taken += 1
                if self.taken == start:
                    self.main.step()
                    self.average = SWALR(self.optimiser, 0.1, steps, strategy)
                else:
                    (self.main if self.average is None else self.average).step()

        case(
            "settling",
            f"{strategy} over {steps} from {start}",
            Settling,
            30,
            strategy=strategy,
            steps=steps,
            start=start,
        )


def plateaus():
    """Inputs: a metric for each epoch; outputs: the learning rate after each by the base."""
    f = Family("MartletOptim", "plateaus")
    for options in (
        dict(patience=2),
        dict(patience=0, factor=0.5, cooldown=2),
        dict(patience=1, factor=0.5, threshold=0.3, threshold_mode="abs"),
        dict(mode="max", patience=2, factor=0.3, min_lr=0.1),
        dict(mode="max", patience=1, factor=0.5, threshold=0.2, threshold_mode="abs", cooldown=1),
        dict(mode="max", patience=1, factor=0.5, threshold=0.2),
    ):
        optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.5)
        plateau = schedules.ReduceLROnPlateau(optimiser, **options)
        sign = 1 if options.get("mode") == "max" else -1
        metrics = sign * torch.arange(30.0).sqrt() + 0.5 * f.uniform(30)
        metrics = (metrics * 100).round() / 100
        metrics[12:20] = metrics[11]
        metrics[25] = float("nan")
        rates = []
        for metric in metrics:
            plateau.step(metric)
            rates.append(optimiser.param_groups[0]["lr"] / 0.5)
        if "min_lr" in options:
            options["min_lr"] /= 0.5
        f.cases.append(
            {
                "operation": "plateau",
                "name": ", ".join(f"{k} {v}" for k, v in options.items()),
                "arguments": options,
                "inputs": [values(metrics)],
                "outputs": [values(torch.tensor(rates, dtype=torch.float64))],
            }
        )
    f.write()


def write():
    optimisers()
    rates()
    plateaus()
