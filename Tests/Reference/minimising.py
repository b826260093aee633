"""L-BFGS, and averages of weights."""

import torch
from torch.optim import LBFGS, swa_utils

from common import Family, values


def network(x, y):
    """The loss of a small network of the parameters w1, b1, w2."""
    return lambda w1, b1, w2: (((x @ w1 + b1).tanh() @ w2 - y) ** 2).mean()


def rosenbrock(a, b):
    """Rosenbrock's valley; a third parameter has no gradient."""
    return lambda p, _: (100 * (p[1:] - p[:-1] ** 2) ** 2 + (1 - p[:-1]) ** 2).sum()


def lbfgs():
    """Inputs: x, y and the parameters; outputs: the losses before each step, the parameters after
    the last, the counts."""
    f = Family("MartletOptim", "lbfgs")
    many = [
        dict(),
        dict(max_iter=4, history_size=3),
        dict(max_iter=5, lr=0.3, tolerance_change=1e-4),
        dict(max_iter=6, max_eval=3, lr=0.5),
        dict(line_search_fn="strong_wolfe", max_iter=6),
        dict(line_search_fn="strong_wolfe", max_iter=4, history_size=2, lr=5.0),
        dict(line_search_fn="strong_wolfe", max_iter=10, max_eval=7, lr=0.1),
        dict(line_search_fn="strong_wolfe", tolerance_grad=1e-2),
    ]
    for problem in ("network", "rosenbrock"):
        for options in many:
            for dtype in (torch.float64, torch.float32):
                if problem == "rosenbrock" and "line_search_fn" not in options:
                    continue
                if problem == "network":
                    x, y = f.uniform(6, 3, dtype=dtype), f.uniform(6, 1, dtype=dtype)
                    first = [f.uniform(*s, dtype=dtype) for s in ((3, 4), (4,), (4, 1))]
                    loss = network(x, y)
                else:
                    x, y = torch.zeros(1, dtype=dtype), torch.zeros(1, dtype=dtype)
                    first = [f.uniform(3, dtype=dtype), f.uniform(2, dtype=dtype)]
                    loss = rosenbrock(x, y)
                parameters = [p.clone().requires_grad_() for p in first]
                optimiser = LBFGS(parameters, **options)

                def closure():
                    optimiser.zero_grad()
                    value = loss(*parameters)
                    value.backward()
                    return value

                # Rounding grows from step to step: another last digit of the parameters moves what
                # PyTorch itself finds by 1e-5 after eight steps, in float32 after one.
                count = 4 if dtype == torch.float64 else 1
                losses = torch.stack([optimiser.step(closure).detach() for _ in range(count)])
                state = optimiser.state[parameters[0]]
                f.cases.append(
                    {
                        "operation": problem,
                        "name": f"{options or 'defaults'}, {str(dtype)[6:]}",
                        "arguments": {
                            **options,
                            "func_evals": state["func_evals"],
                            "n_iter": state["n_iter"],
                        },
                        "inputs": [values(v) for v in [x, y] + first],
                        "outputs": [values(losses)] + [values(p.detach()) for p in parameters],
                    }
                )
    f.write()


class Weights(torch.nn.Module):
    """Two parameters, a buffer of real numbers and one that counts."""

    def __init__(self, dtype):
        super().__init__()
        self.a = torch.nn.Parameter(torch.zeros(2, 3, dtype=dtype))
        self.b = torch.nn.Parameter(torch.zeros(4, dtype=dtype))
        self.register_buffer("mean", torch.zeros(3, dtype=dtype))
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))

    @torch.no_grad()
    def set(self, inputs, step):
        for own, value in zip([self.a, self.b, self.mean, self.steps], inputs):
            own.copy_(value[step])


def averages():
    """Inputs: parameters and buffers at ten steps; outputs: averages after 1, 2, 5, 10."""
    f = Family("MartletOptim", "averages")

    def warm(average, value, count):
        count = int(count)
        return average + (value - average) * (1 - min(0.95, (1 + count) / (10 + count)))

    methods = {
        "exponential 0.9": dict(multi_avg_fn=swa_utils.get_ema_multi_avg_fn(0.9)),
        "exponential 0.5": dict(multi_avg_fn=swa_utils.get_ema_multi_avg_fn(0.5)),
        "warm 0.95": dict(avg_fn=warm),
        "equal": dict(),
    }
    for name, options in methods.items():
        for use_buffers in (False, True):
            for dtype in (torch.float32, torch.float64):
                weights = Weights(dtype)
                inputs = [f.uniform(10, *shape, dtype=dtype) for shape in ((2, 3), (4,), (3,))]
                inputs.append(torch.arange(10) * 7)
                average = swa_utils.AveragedModel(weights, use_buffers=use_buffers, **options)
                outputs = []
                for step in range(10):
                    weights.set(inputs, step)
                    average.update_parameters(weights)
                    if step in (0, 1, 4, 9):
                        outputs += [v.clone() for v in average.module.state_dict().values()]
                f.cases.append(
                    {
                        "operation": name.split()[0],
                        "name": f"{name}, buffers {use_buffers}, {str(dtype)[6:]}",
                        "arguments": {
                            "decay": float((name + " 0").split()[1]),
                            "buffers": use_buffers,
                        },
                        "inputs": [values(v) for v in inputs],
                        "outputs": [values(v) for v in outputs],
                    }
                )
    statistics(f)
    f.write()


def statistics(f):
    """Inputs: a network's state and batches; outputs: its state after update_bn over them."""
    net = torch.nn.Sequential(
        torch.nn.Linear(3, 4),
        torch.nn.BatchNorm1d(4),
        torch.nn.ReLU(),
        torch.nn.Linear(4, 2),
        torch.nn.BatchNorm1d(2, momentum=0.3),
    )
    for value in net.state_dict().values():
        if value.dtype == torch.float32:
            value.copy_(f.uniform(*value.shape, low=0.1))
        else:
            value.fill_(5)
    first = [v.clone() for v in net.state_dict().values()]
    batches = [f.uniform(rows, 3) for rows in (5, 3, 8)]
    swa_utils.update_bn(batches, net)
    f.cases.append(
        {
            "operation": "updateBatchNorm",
            "name": "batches of different sizes",
            "arguments": {"states": list(net.state_dict())},
            "inputs": [values(v) for v in first + batches],
            "outputs": [values(v) for v in net.state_dict().values()],
        }
    )


def write():
    lbfgs()
    averages()
