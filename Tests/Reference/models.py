"""The image classifiers: tensors' names and shapes, logits and gradients."""

import json
import os

import torch
import torch.nn as nn
import torch.nn.functional as F

from common import TESTS, values


def cbr(i, o, k, stride=1, padding=None):
    return nn.Sequential(
        nn.Conv2d(i, o, k, stride, k // 2 if padding is None else padding),
        nn.BatchNorm2d(o),
        nn.ReLU(),
    )


class Features(nn.Module):
    """`f`, the mean over height and width (or all of it), `fc`."""

    def __init__(self, f, units, average=True):
        super().__init__()
        self.f, self.fc, self.average = f, nn.Linear(units, 10), average

    def forward(self, x):
        x = self.f(x)
        return self.fc(x.mean((2, 3)) if self.average else x.flatten(1))


class MLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Flatten(),
            nn.Linear(784, 512),
            nn.ReLU(),
            nn.Linear(512, 512),
            nn.ReLU(),
            nn.Linear(512, 10),
        )

    def forward(self, x):
        return self.net(x)


class MNISTCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(1, 32, 5, padding=2), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2)
        )
        self.fc = nn.Linear(6272, 10)

    def forward(self, x):
        return self.fc(self.conv(x).flatten(1))


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5, padding=2), nn.Conv2d(6, 16, 5)
        self.fc1, self.fc2, self.fc3 = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))


class Residual(nn.Module):
    def __init__(self, i, o, stride):
        super().__init__()
        self.left = nn.Sequential(
            nn.Conv2d(i, o, 3, stride, 1, bias=False),
            nn.BatchNorm2d(o),
            nn.ReLU(),
            nn.Conv2d(o, o, 3, 1, 1, bias=False),
            nn.BatchNorm2d(o),
        )
        change = (
            [nn.Conv2d(i, o, 1, stride, bias=False), nn.BatchNorm2d(o)]
            if stride > 1 or i != o
            else []
        )
        self.short = nn.Sequential(*change)

    def forward(self, x):
        return F.relu(self.left(x) + self.short(x))


class Branches(nn.Module):
    def __init__(self, i, o, r):
        super().__init__()
        self.b1, self.b2 = cbr(i, o, 1), nn.Sequential(cbr(i, r, 1), cbr(r, o, 3))
        self.b3, self.b4 = nn.Sequential(cbr(i, r, 1), cbr(r, o, 5)), nn.Sequential(
            nn.MaxPool2d(3, 1, 1), cbr(i, o, 3)
        )

    def forward(self, x):
        return torch.cat([b(x) for b in (self.b1, self.b2, self.b3, self.b4)], 1)


def separable(i, o, stride):
    return nn.Sequential(
        nn.Conv2d(i, i, 3, stride, 1, groups=i, bias=False),
        nn.BatchNorm2d(i),
        nn.ReLU(),
        nn.Conv2d(i, o, 1, bias=False),
        nn.BatchNorm2d(o),
        nn.ReLU(),
    )


def vgg():
    return Features(
        nn.Sequential(
            cbr(3, 64, 3),
            nn.MaxPool2d(2),
            cbr(64, 128, 3),
            cbr(128, 128, 3),
            nn.MaxPool2d(2),
            cbr(128, 256, 3),
            cbr(256, 256, 3),
            nn.MaxPool2d(2, padding=1),
            cbr(256, 512, 3),
            cbr(512, 512, 3),
            nn.MaxPool2d(2),
        ),
        2048,
        average=False,
    )


def resnet(stem=32):
    layers, i = [nn.Conv2d(3, stem, 3, 1, 1, bias=False), nn.BatchNorm2d(stem), nn.ReLU()], stem
    for o in (64, 128, 256, 512):
        layers += [Residual(i, o, 2), Residual(o, o, 1)]
        i = o
    return Features(nn.Sequential(*layers), 512)


def mobilenet():
    sizes = [
        (32, 32, 1),
        (32, 64, 2),
        (64, 64, 1),
        (64, 128, 2),
        (128, 128, 1),
        (128, 256, 2),
        (256, 256, 1),
        (256, 512, 2),
    ]
    return Features(nn.Sequential(cbr(3, 32, 3), *[separable(*s) for s in sizes]), 512)


def inception():
    return Features(
        nn.Sequential(
            cbr(3, 64, 7, 2, 1),
            cbr(64, 128, 3, 2, 1),
            Branches(128, 64, 16),
            nn.MaxPool2d(3, 2, 1),
            Branches(256, 96, 32),
            nn.MaxPool2d(3, 2, 1),
        ),
        384,
    )


MODELS = {
    "mlp": (MLP, (1, 28)),
    "mnist-cnn": (MNISTCNN, (1, 28)),
    "lenet": (LeNet, (1, 28)),
    "vgg": (vgg, (3, 28)),
    "resnet18": (resnet, (3, 32)),
    "resnet18-64": (lambda: resnet(64), (3, 32)),
    "mobilenet": (mobilenet, (3, 32)),
    "inception": (inception, (3, 32)),
}


def wave(shape, phase):
    """sin(0.7 i + phase) over the elements in order: the test computes the same."""
    count = torch.Size(shape).numel()
    return torch.sin(torch.arange(count, dtype=torch.float64) * 0.7 + phase).reshape(shape)


def formula(name, tensor, index):
    """What the test fills a tensor with, so that no weights need to be kept."""
    w = wave(tensor.shape, index)
    if name.endswith("num_batches_tracked"):
        return tensor
    if name.endswith("running_var"):
        return 1 + 0.5 * w
    if tensor.ndim > 1:
        return w / (tensor[0].numel() / 4) ** 0.5
    return (1 if name.endswith("weight") else 0) + 0.2 * w


def write():
    cases = []
    for name, (make, (channels, size)) in MODELS.items():
        model = make().double()
        state = {k: formula(k, v, i) for i, (k, v) in enumerate(model.state_dict().items())}
        model.load_state_dict(state)
        x = wave((2, channels, size, size), 0.5)
        model.eval()
        logits = model(x)
        F.cross_entropy(logits, torch.tensor([3, 7])).backward()
        norms = torch.stack([p.grad.norm() for p in model.parameters()])
        keys = [[k, list(v.shape)] for k, v in model.state_dict().items()]
        cases.append(
            {
                "operation": name,
                "name": "state, logits and gradients",
                "arguments": {
                    "keys": [k for k, _ in keys],
                    "shapes": [s for _, s in keys],
                    "parameters": sum(p.numel() for p in model.parameters()),
                    "channels": channels,
                    "size": size,
                },
                "inputs": [],
                "outputs": [values(logits.float()), values(norms.float())],
            }
        )
    path = os.path.join(TESTS, "MartletVisionTests", "Fixtures", "models.json")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(
            '{"cases": [\n'
            + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases)
            + "\n]}\n"
        )
    name, size = os.path.relpath(path, TESTS), os.path.getsize(path)
    print(f"{name}: {len(cases)} cases, {size} bytes")
