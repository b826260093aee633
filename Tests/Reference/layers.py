"""Layers with their parameters, losses, and a small network trained for 20 steps."""

import torch
import torch.nn as nn
import torch.nn.functional as F

from common import Family, laid_out, values


def layer_cases(f):
    """A function that adds a layer's case to a family."""

    def case(name, module, *x, training=True, **arguments):
        """Inputs are those of the layer, the parameters and the buffers; outputs y and the buffers afterwards."""
        for p in module.parameters():
            p.data = f.uniform(*p.shape, low=-1, high=1)
        for b in module.buffers():
            if b.dtype.is_floating_point:
                b.data = f.uniform(*b.shape, low=0.5, high=1.5)
        names = [n for n, _ in module.named_parameters()]
        buffers = [n for n, _ in module.named_buffers()]
        module.train(training)

        def run(*tensors):
            state = dict(zip(names + buffers, tensors[len(x) :]))
            for n in buffers:
                state[n] = state[n].clone()
            y = torch.func.functional_call(module, state, tensors[: len(x)])
            return y, *(state[n] for n in buffers)

        f.case(
            name,
            arguments.pop("title", "values"),
            run,
            *x,
            *(p.data for p in module.parameters()),
            *module.buffers(),
            wanted=len(x) + len(names),
            parameters=names,
            buffers=buffers,
            training=training,
            **arguments,
        )

    return case


def layers():
    f = Family("MartletNN", "layers")
    case = layer_cases(f)
    case("linear", nn.Linear(4, 3), f.uniform(2, 4))
    case(
        "linear", nn.Linear(4, 3, bias=False), f.uniform(2, 5, 4), title="without bias", bias=False
    )
    for mode in ("zeros", "reflect", "replicate", "circular"):
        case(
            "conv2d",
            nn.Conv2d(2, 3, 3, stride=(2, 1), padding=(2, 1), padding_mode=mode),
            f.uniform(1, 2, 4, 5),
            title=mode,
            mode=mode,
        )
    for training in (True, False):
        state = "training" if training else "evaluation"
        case("batchNorm1d", nn.BatchNorm1d(3), f.uniform(4, 3), training=training, title=state)
        case(
            "batchNorm1d",
            nn.BatchNorm1d(3),
            f.uniform(2, 3, 4),
            training=training,
            title=f"sequences, {state}",
        )
        case(
            "batchNorm2d",
            nn.BatchNorm2d(3, eps=1e-3, momentum=0.3),
            laid_out(f.uniform(2, 3, 2, 3), "channelsLast"),
            training=training,
            title=state,
        )
        case(
            "batchNorm2dPlain",
            nn.BatchNorm2d(3, affine=False),
            f.uniform(2, 3, 2, 3),
            training=training,
            title=state,
        )
    case("prelu", nn.PReLU(), f.uniform(2, 3, 2))
    case("prelu", nn.PReLU(3), f.uniform(2, 3, 2), title="for each channel", channels=3)
    plain = {
        "relu": nn.ReLU(),
        "relu6": nn.ReLU6(),
        "leakyReLU": nn.LeakyReLU(0.2),
        "elu": nn.ELU(0.7),
        "selu": nn.SELU(),
        "gelu": nn.GELU(),
        "geluTanh": nn.GELU(approximate="tanh"),
        "silu": nn.SiLU(),
        "hardswish": nn.Hardswish(),
        "sigmoid": nn.Sigmoid(),
        "tanh": nn.Tanh(),
        "softmax": nn.Softmax(1),
        "flatten": nn.Flatten(),
        "identity": nn.Identity(),
    }
    for name, module in plain.items():
        case(name, module, f.uniform(2, 3, 2, low=-4, high=4))
    case("maxPool2d", nn.MaxPool2d(3, 2, 1, ceil_mode=True), f.uniform(1, 2, 4, 5))
    case("avgPool2d", nn.AvgPool2d(3, 2, 1, count_include_pad=False), f.uniform(1, 2, 4, 5))
    case("adaptiveAvgPool2d", nn.AdaptiveAvgPool2d((2, 3)), f.uniform(1, 2, 5, 4))
    case("adaptiveMaxPool2d", nn.AdaptiveMaxPool2d((2, 3)), f.uniform(1, 2, 5, 4))
    f.write()


def losses():
    f = Family("MartletNN", "losses")
    target = torch.tensor([2, 0, 1, 2])
    weight = torch.tensor([0.5, 2.0, 1.25])
    for reduction in ("mean", "sum", "none"):
        for title, w, smoothing, ignore in (
            ("plain", None, 0.0, -100),
            ("weights", weight, 0.0, -100),
            ("smoothing", None, 0.1, -100),
            ("ignored", None, 0.0, 2),
            ("everything", weight, 0.2, 0),
        ):
            extra = dict(weight=w.tolist()) if w is not None else {}
            f.case(
                "crossEntropy",
                f"{title}, {reduction}",
                lambda x, t: F.cross_entropy(
                    x, t, w, ignore_index=ignore, reduction=reduction, label_smoothing=smoothing
                ),
                f.uniform(4, 3),
                target,
                smoothing=smoothing,
                ignore=ignore,
                reduction=reduction,
                **extra,
            )
        f.case(
            "mse",
            reduction,
            lambda a, b: F.mse_loss(a, b, reduction=reduction),
            f.uniform(3, 4),
            f.uniform(3, 4),
            reduction=reduction,
        )
    f.case(
        "crossEntropy",
        "large logits",
        F.cross_entropy,
        torch.tensor([[1000.0, 0.0, -1000.0], [0.0, 500.0, 500.0]]),
        torch.tensor([0, 1]),
        smoothing=0.0,
        ignore=-100,
        reduction="mean",
    )
    f.case(
        "crossEntropy",
        "images",
        lambda x, t: F.cross_entropy(x, t, weight),
        f.uniform(2, 3, 2, 2),
        f.integers(0, 3, 2, 2, 2),
        smoothing=0.0,
        ignore=-100,
        reduction="mean",
        weight=weight.tolist(),
    )
    f.case(
        "crossEntropy",
        "channels-last images",
        lambda x, t: F.cross_entropy(x, t),
        laid_out(f.uniform(2, 3, 2, 2), "channelsLast"),
        f.integers(0, 3, 2, 2, 2),
        smoothing=0.0,
        ignore=-100,
        reduction="mean",
    )
    f.case(
        "crossEntropy",
        "sequences",
        lambda x, t: F.cross_entropy(x, t, reduction="none"),
        f.uniform(2, 3, 4),
        f.integers(0, 3, 2, 4),
        smoothing=0.0,
        ignore=-100,
        reduction="none",
    )
    f.write()


class Net(nn.Module):
    """A little of everything that classifiers are made of."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(1, 3, 3, padding=1, bias=False), nn.BatchNorm2d(3), nn.ReLU(), nn.MaxPool2d(2)
        )
        self.left = nn.Sequential(nn.Conv2d(3, 3, 3, padding=1, bias=False), nn.BatchNorm2d(3))
        self.fc = nn.Linear(3, 3)

    def forward(self, x):
        x = self.conv(x)
        return self.fc(F.relu(self.left(x) + x).mean((2, 3)))


def training():
    """Inputs: the batch and the first state; outputs: 20 losses, the last state, logits."""
    f = Family("MartletOptim", "training")
    optimisers = {
        "sgd": lambda p: torch.optim.SGD(p, 0.05, momentum=0.9, weight_decay=1e-3, nesterov=True),
        "adam": lambda p: torch.optim.Adam(p, 0.01),
        "adamw": lambda p: torch.optim.AdamW(p, 0.01, weight_decay=0.05),
    }
    for name, make in optimisers.items():
        net = Net()
        for p in net.parameters():
            p.data = f.uniform(*p.shape, low=-0.6, high=0.6)
        x, y = f.uniform(6, 1, 6, 6), f.integers(0, 3, 6)
        state = [(k, v.clone()) for k, v in net.state_dict().items()]
        optimiser = make(net.parameters())
        losses = []
        for _ in range(20):
            optimiser.zero_grad()
            loss = F.cross_entropy(net(x), y)
            loss.backward()
            optimiser.step()
            losses.append(loss.detach())
        net.eval()
        f.cases.append(
            {
                "operation": name,
                "name": "20 steps",
                "arguments": {"names": [k for k, _ in state]},
                "inputs": [values(v) for v in [x, y] + [v for _, v in state]],
                "outputs": [values(torch.stack(losses))]
                + [values(v) for v in net.state_dict().values()]
                + [values(net(x))],
            }
        )
    f.write()


def write():
    layers()
    losses()
    training()
