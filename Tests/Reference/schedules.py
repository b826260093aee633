"""Schedules over 30 steps, and plateaus."""

import torch
from torch.optim import lr_scheduler
from torch.optim.swa_utils import SWALR

from common import Family, values


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

    case("constant", "always 1", lambda o: lr_scheduler.ConstantLR(o, 1), 30)
    case("step", "every 6", lambda o: lr_scheduler.StepLR(o, 6, 0.3), 30, every=6, gamma=0.3)
    case(
        "multiStep",
        "3, 8, 22",
        lambda o: lr_scheduler.MultiStepLR(o, [3, 8, 22], 0.5),
        30,
        milestones=[3, 8, 22],
        gamma=0.5,
    )
    case("cosine", "to 0", lambda o: lr_scheduler.CosineAnnealingLR(o, 29), 30, steps=29, minimum=0)
    case(
        "cosine",
        "to a tenth",
        lambda o: lr_scheduler.CosineAnnealingLR(o, 29, 0.05),
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
            lambda o: lr_scheduler.OneCycleLR(o, 0.5, total_steps=30, **options),
            30,
            momentum=True,
            steps=30,
            **options,
        )
    case(
        "oneCycle",
        "an odd number of steps",
        lambda o: lr_scheduler.OneCycleLR(o, 0.5, total_steps=27),
        27,
        momentum=True,
        steps=27,
    )
    warm = lambda o, main: lr_scheduler.SequentialLR(
        o, [lr_scheduler.LinearLR(o, 0.2, total_iters=5), main], [5]
    )
    case(
        "warmCosine",
        "5 steps",
        lambda o: warm(o, lr_scheduler.CosineAnnealingLR(o, 24)),
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
    case("exponential", "0.9", lambda o: lr_scheduler.ExponentialLR(o, 0.9), 30, gamma=0.9)
    for name, options in {
        "defaults": dict(),
        "down": dict(start_factor=0.8, end_factor=0.2, total_iters=22),
    }.items():
        case("linear", name, lambda o: lr_scheduler.LinearLR(o, **options), 30, **options)
    for name, options in {
        "defaults": dict(),
        "squared": dict(total_iters=25, power=2.0),
        "root": dict(total_iters=40, power=0.5),
    }.items():
        case("polynomial", name, lambda o: lr_scheduler.PolynomialLR(o, **options), 30, **options)
    for size, warm in (512, 8), (64, 400):

        def noam(step):
            return size**-0.5 * min((step + 1) ** -0.5, (step + 1) * warm**-1.5)

        name = f"{size} wide, {warm} steps"
        case("noam", name, lambda o: lr_scheduler.LambdaLR(o, noam), 30, size=size, warm=warm)
    for first, multiple, minimum in (7, 1, 0), (4, 2, 0.1), (30, 1, 0.2), (2, 3, 0):
        case(
            "cosineWithRestarts",
            f"{first}, {multiple}, {minimum}",
            lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, first, multiple, minimum * 0.5),
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
            lambda o: lr_scheduler.CyclicLR(o, 0.1, 0.5, **options),
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
        lambda o: lr_scheduler.SequentialLR(
            o,
            [
                lr_scheduler.LinearLR(o, 0.2, total_iters=5),
                lr_scheduler.ExponentialLR(o, 0.8),
                lr_scheduler.CosineAnnealingWarmRestarts(o, 6),
            ],
            [5, 14],
        ),
        30,
    )
    case(
        "product",
        "linear, exponential",
        lambda o: lr_scheduler.ChainedScheduler(
            [lr_scheduler.LinearLR(o, 0.2, total_iters=5), lr_scheduler.ExponentialLR(o, 0.9)]
        ),
        30,
    )
    for strategy, steps, start in ("cos", 10, 0), ("linear", 7, 0), ("cos", 0, 0), ("cos", 6, 9):

        class Settling:
            """What a training loop with weight averaging does."""

            def __init__(self, optimiser):
                self.main = lr_scheduler.ExponentialLR(optimiser, 0.9)
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
        plateau = lr_scheduler.ReduceLROnPlateau(optimiser, **options)
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
    rates()
    plateaus()
