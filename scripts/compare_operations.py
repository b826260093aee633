#!/usr/bin/env python3
"""Times single operations of Martlet and of PyTorch in turn, and prints each row's ratio.

Run it with a Python that has torch, on a machine that does nothing else:

    python scripts/compare_operations.py .build/release/martlet [--rounds 3] [OPERATION ...]

Each round times every row of an operation in `martlet bench --operations`, then the same in PyTorch, with as many
threads; the ratio is PyTorch's time by Martlet's (above 1, Martlet is faster), the median over the rounds. Rows below
1 are listed again at the end.
"""

import argparse
import gc
import json
import statistics
import subprocess
import sys
import time

import torch
import torch.nn.functional as F

SHAPES = [(1, (1, 1)), (1000, (25, 40)), (10_000_000, (2500, 4000))]
ARRANGEMENTS = ("contiguous", "transposed")


class Operands:
    """What operations work on, made when first asked for: as in Martlet's Operands."""

    def __init__(self, shape, arrangement):
        self.shape, self.transposed = shape, arrangement == "transposed"

    def matrix(self, make):
        return make(self.shape[::-1]).T if self.transposed else make(self.shape)

    def __getattr__(self, name):
        rows, columns = self.shape
        makers = {
            "x": lambda: self.matrix(torch.randn),
            "y": lambda: self.matrix(lambda s: torch.rand(s) + 0.5),
            "z": lambda: self.matrix(lambda s: torch.rand(s) + 0.5),
            "contiguous": lambda: torch.randn(self.shape),
            "row": lambda: torch.randn(columns),
            "column": lambda: torch.randn(rows, 1),
            "small": lambda: torch.randn(10, 10),
            "mask": lambda: self.x > 0,
            "none": lambda: self.matrix(lambda s: torch.zeros(s, dtype=torch.bool)),
            "rows": lambda: torch.randperm(rows),
            "columns": lambda: torch.randperm(columns),
            "rowOfEach": lambda: self.matrix(lambda s: torch.randint(rows, s)),
            "columnOfEach": lambda: self.matrix(lambda s: torch.randint(columns, s)),
            "anyOfEach": lambda: self.matrix(lambda s: torch.randint(rows * columns, s)),
            "categories": lambda: self.matrix(lambda s: torch.randint(100, s)),
            "limits": lambda: torch.linspace(-3, 3, 1000),
        }
        value = makers[name]()
        setattr(self, name, value)
        return value


OPERATIONS = {
    "neg": lambda o: -o.x,
    "abs": lambda o: o.x.abs(),
    "sign": lambda o: o.x.sign(),
    "square": lambda o: o.x.square(),
    "sqrt": lambda o: o.y.sqrt(),
    "rsqrt": lambda o: o.y.rsqrt(),
    "reciprocal": lambda o: o.y.reciprocal(),
    "exp": lambda o: o.x.exp(),
    "expm1": lambda o: o.x.expm1(),
    "log": lambda o: o.y.log(),
    "log1p": lambda o: o.y.log1p(),
    "sin": lambda o: o.x.sin(),
    "cos": lambda o: o.x.cos(),
    "tan": lambda o: o.x.tan(),
    "atan": lambda o: o.x.atan(),
    "sinh": lambda o: o.x.sinh(),
    "tanh": lambda o: o.x.tanh(),
    "erf": lambda o: o.x.erf(),
    "lgamma": lambda o: o.y.lgamma(),
    "sigmoid": lambda o: o.x.sigmoid(),
    "relu": lambda o: o.x.relu(),
    "gelu": lambda o: F.gelu(o.x),
    "silu": lambda o: F.silu(o.x),
    "softplus": lambda o: F.softplus(o.x),
    "floor": lambda o: o.x.floor(),
    "round": lambda o: o.x.round(),
    "frac": lambda o: o.x.frac(),
    "clamp": lambda o: o.x.clamp(-1, 1),
    "isNaN": lambda o: o.x.isnan(),
    "to(bfloat16)": lambda o: o.x.to(torch.bfloat16),
    "to(int64)": lambda o: o.x.to(torch.int64),
    "to(float64)": lambda o: o.x.to(torch.float64),
    "add": lambda o: o.x + o.y,
    "sub": lambda o: o.x - o.y,
    "mul": lambda o: o.x * o.y,
    "div": lambda o: o.x / o.y,
    "add(scalar)": lambda o: o.x + 1.5,
    "mul(scalar)": lambda o: o.x * 1.5,
    "add(row)": lambda o: o.x + o.row,
    "add(column)": lambda o: o.x + o.column,
    "add(mixed)": lambda o: o.x + o.contiguous,
    "pow": lambda o: o.y.pow(o.z),
    "pow(2)": lambda o: o.x.pow(2.0),
    "pow(2.5)": lambda o: o.y.pow(2.5),
    "maximum": lambda o: o.x.maximum(o.y),
    "atan2": lambda o: o.x.atan2(o.y),
    "hypot": lambda o: o.x.hypot(o.y),
    "remainder": lambda o: o.x.remainder(o.y),
    "fmod": lambda o: o.x.fmod(o.y),
    "floorDivide": lambda o: o.x // o.y,
    "eq": lambda o: o.x == o.y,
    "gt": lambda o: o.x > o.y,
    "gt(scalar)": lambda o: o.x > 0,
    "logicalAnd": lambda o: o.mask.logical_and(o.mask),
    "where": lambda o: torch.where(o.mask, o.x, o.y),
    "maskedFill": lambda o: o.x.masked_fill(o.mask, 0),
    "lerp": lambda o: o.x.lerp(o.y, 0.3),
    "addcmul": lambda o: o.x.addcmul(o.y, o.z),
    "matmul(10x10)": lambda o: o.small.matmul(o.small),
    "sum": lambda o: o.x.sum(),
    "sum(0)": lambda o: o.x.sum(0),
    "sum(1)": lambda o: o.x.sum(1),
    "mean": lambda o: o.x.mean(),
    "mean(1)": lambda o: o.x.mean(1),
    "prod": lambda o: o.z.prod(),
    "max": lambda o: o.x.max(),
    "amax(0)": lambda o: o.x.amax(0),
    "amax(1)": lambda o: o.x.amax(1),
    "max(1)": lambda o: o.x.max(1).values,
    "argmax": lambda o: o.x.argmax(),
    "argmax(0)": lambda o: o.x.argmax(0),
    "argmax(1)": lambda o: o.x.argmax(1),
    "any": lambda o: o.none.any(),
    "all(1)": lambda o: o.mask.all(1),
    "variance": lambda o: o.x.var(),
    "variance(0)": lambda o: o.x.var(0),
    "std(1)": lambda o: o.x.std(1),
    "norm": lambda o: o.x.norm(),
    "norm(1)": lambda o: o.x.norm(dim=1),
    "logSumExp(1)": lambda o: o.x.logsumexp(1),
    "softmax(1)": lambda o: o.x.softmax(1),
    "logSoftmax(0)": lambda o: o.x.log_softmax(0),
    "cumsum(0)": lambda o: o.x.cumsum(0),
    "cumsum(1)": lambda o: o.x.cumsum(1),
    "cumprod(1)": lambda o: o.z.cumprod(1),
    "cummax(1)": lambda o: o.x.cummax(1).values,
    "countNonzero": lambda o: o.mask.count_nonzero(),
    "select": lambda o: o.x[0],
    "slice": lambda o: o.x[0:, 0:1],
    "reshape": lambda o: o.x.reshape(-1),
    "transpose.contiguous": lambda o: o.x.transpose(0, 1).contiguous(),
    "indexSelect(0)": lambda o: o.x.index_select(0, o.rows),
    "indexSelect(1)": lambda o: o.x.index_select(1, o.columns),
    "subscript(rows)": lambda o: o.x[o.rows],
    "subscript(mask)": lambda o: o.x[o.mask],
    "gather(0)": lambda o: o.x.gather(0, o.rowOfEach),
    "gather(1)": lambda o: o.x.gather(1, o.columnOfEach),
    "take": lambda o: o.x.take(o.anyOfEach),
    "scatter(1)": lambda o: o.x.scatter(1, o.columnOfEach, o.y),
    "scatterAdd(0)": lambda o: o.x.scatter_add(0, o.rowOfEach, o.y),
    "scatterAdd(1)": lambda o: o.x.scatter_add(1, o.columnOfEach, o.y),
    "indexAdd(0)": lambda o: o.x.index_add(0, o.rows, o.y),
    "nonzero": lambda o: o.mask.nonzero(),
    "flip(1)": lambda o: o.x.flip(1),
    "roll(1)": lambda o: o.x.roll(1, 1),
    "tril": lambda o: o.x.tril(),
    "cat(0)": lambda o: torch.cat([o.x, o.y], 0),
    "cat(1)": lambda o: torch.cat([o.x, o.y], 1),
    "stack": lambda o: torch.stack([o.x, o.y]),
    "repeated": lambda o: o.x.repeat(2, 1),
    "sort(0)": lambda o: o.x.sort(0).values,
    "sort(1)": lambda o: o.x.sort(1).values,
    "sort(flat)": lambda o: o.x.reshape(-1).sort().values,
    "argsort(1)": lambda o: o.x.argsort(1),
    "topk(1)": lambda o: o.x.topk(min(5, o.shape[1]), 1).values,
    "topk(flat)": lambda o: o.x.reshape(-1).topk(1).values,
    "kthvalue(1)": lambda o: o.x.kthvalue(1, 1).values,
    "median": lambda o: o.x.median(),
    "median(1)": lambda o: o.x.median(1).values,
    "mode(1)": lambda o: o.categories.mode(1).values,
    "quantile(1)": lambda o: o.x.quantile(0.3, 1),
    "unique": lambda o: o.categories.unique(return_inverse=True, return_counts=True)[0],
    "searchSorted": lambda o: torch.searchsorted(o.limits, o.x),
    "bincount": lambda o: o.categories.reshape(-1).bincount(),
    "histc": lambda o: o.x.histc(50, -3, 3),
}


def nanoseconds(run, operands, seconds=0.02, repeats=3):
    """Of one call, as `martlet bench --operations` measures it: of several measurements the shortest."""

    def measure(calls):
        start = time.perf_counter_ns()
        for _ in range(calls):
            run(operands)
        return time.perf_counter_ns() - start

    measure(1)
    calls = max(1, int(min(seconds * 1e9 / max(measure(1), 50), 1e7)))
    gc.disable()
    best = min(measure(calls) / calls for _ in range(repeats))
    gc.enable()
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("martlet", help="the program")
    parser.add_argument("operations", nargs="*", help="all by default")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_intermixed_args()
    if unknown := set(options.operations) - set(OPERATIONS):
        parser.error(f"there is no operation {', '.join(sorted(unknown))}")
    torch.set_num_threads(options.threads)
    command = [options.martlet, "bench", "--operations", "--json"]
    command += ["--threads", str(options.threads)]
    peers = {(n, a): Operands(shape, a) for n, shape in SHAPES for a in ARRANGEMENTS}
    slow = []
    print("| operation | elements | arrangement | Martlet ns | PyTorch ns | ratio |")
    print("|---|---:|---|---:|---:|---:|")
    for name in options.operations or OPERATIONS:
        ours, theirs = {}, {}
        for _ in range(options.rounds):
            answer = subprocess.run([*command, name], capture_output=True, check=True, text=True)
            for key, value in json.loads(answer.stdout).items():
                ours.setdefault(key, []).append(value)
            for (count, arrangement), operands in peers.items():
                with torch.no_grad():
                    value = nanoseconds(OPERATIONS[name], operands)
                theirs.setdefault(f"{name} {count} {arrangement}", []).append(value)
        for key, times in ours.items():
            ratio = statistics.median(b / a for a, b in zip(times, theirs[key], strict=True))
            a, b = statistics.median(times), statistics.median(theirs[key])
            cells = [*key.rsplit(" ", 2), f"{a:,.0f}", f"{b:,.0f}", f"{ratio:.2f}"]
            print("| " + " | ".join(cells) + " |", flush=True)
            if ratio < 1:
                slow.append(f"{key}: {ratio:.2f}")
    print(f"\n{len(slow)} rows below 1" + "".join(f"\n  {row}" for row in slow), file=sys.stderr)


if __name__ == "__main__":
    main()
