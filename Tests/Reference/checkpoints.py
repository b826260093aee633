"""Files of torch.save, for the reader of .pth files: state dicts, checkpoints, and what it refuses.

Also a narrow torchvision resnet18 (its own code and names, a thirty-second of its channels), with an input and its output.
"""

import os
from collections import OrderedDict

import torch
import torch.nn as nn

from common import TESTS

DATA = os.path.join(TESTS, "MartletDataTests", "Fixtures")
VISION = os.path.join(TESTS, "MartletVisionTests", "Fixtures")
TYPES = "float32 float64 float16 bfloat16 int64 int32 uint8 bool".split()


def save(folder, name, value, **more):
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, name)
    torch.save(value, path, **more)
    print(f"{os.path.relpath(path, TESTS)}: {os.path.getsize(path)} bytes")


def state():
    base = torch.arange(12.0).view(3, 4)
    values = OrderedDict()
    for name in TYPES:
        values[f"type.{name}"] = torch.tensor([[0, 1, 0], [1, 1, 0]]).to(getattr(torch, name))
    values["scalar"] = torch.tensor(-0.5)
    values["empty"] = torch.zeros(0, 7)
    values["special"] = torch.tensor([float("nan"), float("inf"), -0.0, 2.0**-149])
    values["\u540d\u524d"] = torch.tensor([1, -2, 2**40])
    values["base"] = base
    values["transposed"] = base.t()
    values["row"] = base[1]
    values["column"] = base[:, 2]
    values["parameter"] = nn.Parameter(base * 2)
    values["channels_last"] = (
        torch.arange(24.0).view(1, 2, 3, 4).to(memory_format=torch.channels_last)
    )
    return values


def checkpoint():
    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.ones(3, 2)).sum().backward()
    optimizer.step()
    return {
        "epoch": 3,
        "state_dict": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "history": [0.5, 0.25, {"best": True}],
        "shape": torch.Size([2, 3]),
        "type": torch.float16,
        "device": torch.device("cpu"),
        "nothing": None,
        "large": 2**70,
        "negative": -70000,
    }


def narrow_resnet18(width, classes):
    from torchvision.models.resnet import BasicBlock, ResNet

    class Narrow(ResNet):
        """torchvision's code, with `width` channels where it says 64."""

        def __setattr__(self, name, value):
            super().__setattr__(name, width if (name, value) == ("inplanes", 64) else value)

        def _make_layer(self, block, planes, blocks, stride=1, dilate=False):
            return super()._make_layer(block, planes * width // 64, blocks, stride, dilate)

    model = Narrow(BasicBlock, [2, 2, 2, 2])
    model.fc = nn.Linear(8 * width, classes)
    return model


def with_statistics(model, generator):
    """Running statistics and factors as training leaves them, not zeros and ones."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            for values, low, high in (
                (module.running_mean, -0.5, 0.5),
                (module.running_var, 0.5, 2),
                (module.weight.data, 0.5, 1.5),
                (module.bias.data, -0.5, 0.5),
            ):
                values.uniform_(low, high, generator=generator)
            module.num_batches_tracked += 100
    return model.eval()


def write():
    save(DATA, "state.pth", state())
    save(DATA, "checkpoint.pth", checkpoint())
    save(
        DATA,
        "nested.pth",
        {
            "encoder": {"weight": torch.ones(2), "norm": {"bias": torch.zeros(1)}},
            "decoder": {"weight": torch.full((3,), 2.0), "name": "gru"},
            "step": 7,
        },
    )
    save(DATA, "module.pth", nn.Linear(1, 1))
    save(DATA, "legacy.pth", {"a": torch.ones(2)}, _use_new_zipfile_serialization=False)
    save(DATA, "protocol4.pth", {"a": torch.ones(2)}, pickle_protocol=4)

    torch.manual_seed(2)
    generator = torch.Generator().manual_seed(3)
    model = with_statistics(narrow_resnet18(2, 5), generator)
    save(VISION, "resnet18.pth", model.state_dict())
    images = torch.randn(2, 3, 40, 40, generator=generator)
    with torch.no_grad():
        save(VISION, "resnet18-values.pth", {"input": images, "output": model(images)})
