"""Cases of inputs, outputs and gradients, written as MartletTesting reads them."""

import json
import math
import os
import zlib

import torch

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def number(value, digits=9):
    """A value as JSON has it: nine digits tell float32s apart, eight suffice for results."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        return value
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    short = float(f"{value:.{digits}g}")
    return (
        int(short)
        if short.is_integer() and abs(short) < 1e15 and math.copysign(1, short) > 0
        else short
    )


def values(tensor):
    record = {"type": str(tensor.dtype)[6:], "shape": list(tensor.shape)}
    if getattr(tensor, "layout_in_memory", None):
        record["layout"] = tensor.layout_in_memory
    digits = (
        15 if tensor.dtype == torch.float64 else 8 if tensor.grad_fn or tensor.requires_grad else 9
    )
    record["values"] = [number(v, digits) for v in tensor.detach().flatten().tolist()]
    return record


def laid_out(tensor, layout):
    """The same values; the test gives them another place in memory."""
    tensor.layout_in_memory = layout
    return tensor


class Family:
    """The cases of one file."""

    def __init__(self, target, name):
        self.path = os.path.join(TESTS, f"{target}Tests", "Fixtures", f"{name}.json")
        self.cases = []
        self.generator = torch.Generator().manual_seed(zlib.crc32(name.encode()))

    def uniform(self, *shape, low=-2.0, high=2.0, dtype=torch.float32):
        """Random numbers of two decimals, none closer to zero than 0.05 (where kinks are)."""
        x = torch.rand(shape, generator=self.generator, dtype=torch.float64) * (high - low) + low
        x = torch.round(x * 100) / 100
        if low < 0 < high:
            x = torch.where(x.abs() < 0.05, x.sign() * 0.05 + 0.05, x)
        return x.to(dtype)

    def integers(self, low, high, *shape, dtype=torch.int64):
        return torch.randint(low, high, shape, generator=self.generator).to(dtype)

    def case(self, operation, name, function, *inputs, grad=True, wanted=None, **arguments):
        """Adds function(*inputs): its outputs and, with `grad`, the gradients of their sum.

        The gradients are those of the first `wanted` inputs, by default of all that have one.
        """
        count = (len(inputs) if wanted is None else wanted) if grad else 0
        leaves = [
            x.clone().requires_grad_() if i < count and x.dtype.is_floating_point else x
            for i, x in enumerate(inputs)
        ]
        outputs = function(*leaves)
        outputs = list(outputs) if isinstance(outputs, (tuple, list)) else [outputs]
        record = {"operation": operation, "name": name}
        if arguments:
            record["arguments"] = arguments
        record["inputs"] = [values(x) for x in inputs]
        record["outputs"] = [values(y) for y in outputs]
        if grad and any(y.requires_grad for y in outputs):
            weights = [
                self.uniform(*y.shape, low=0.5, high=1.5).to(y.dtype) if y.requires_grad else None
                for y in outputs
            ]
            total = sum((y * w).sum() for y, w in zip(outputs, weights) if w is not None)
            wanted = [x for x in leaves if x.requires_grad]
            found = iter(torch.autograd.grad(total, wanted, allow_unused=True))
            gradients = [next(found) if x.requires_grad else None for x in leaves]
            record["weights"] = [w if w is None else values(w) for w in weights]
            record["gradients"] = [
                None if not x.requires_grad else values(torch.zeros_like(x) if g is None else g)
                for x, g in zip(leaves, gradients)
            ]
        self.cases.append(record)

    def write(self):
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        with open(self.path, "w") as file:
            file.write('{"cases": [\n')
            file.write(",\n".join(json.dumps(c, separators=(",", ":")) for c in self.cases))
            file.write("\n]}\n")
        name, size = os.path.relpath(self.path, TESTS), os.path.getsize(self.path)
        print(f"{name}: {len(self.cases)} cases, {size} bytes")
