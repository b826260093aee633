"""Parts of tensors, read and assigned.

Indices are texts, as in Python: "-1", "1:3", "::2", "...", "None"; "t0" is the first of the tensors after the values.
"""

import torch

from common import Family, laid_out


def index(texts, tensors):
    def one(text):
        if text == "...":
            return ...
        if text == "None":
            return None
        if text.startswith("t"):
            return tensors[int(text[1:])]
        if ":" in text:
            return slice(*(int(part) if part else None for part in text.split(":")))
        return int(text)

    return tuple(one(text) for text in texts.split(" ") if text)


PLAIN = [
    "0",
    "-1",
    "1 2 3",
    "-1 0:2 1:3",
    "1:",
    ":1",
    "-2:-1",
    "0:9",
    "5:9",
    ": 0",
    "... 0",
    "0 ...",
    "0 ... -1",
    "...",
    "None",
    ": None",
    "... None",
    "None 1 None ... ::2",
    "::2",
    ": ::2 1::2",
    "0 0 ::3",
    ": -2: None -1",
]
MASK = torch.tensor([True, False])
ROWS = torch.tensor([True, False, True])
MATRIX = torch.tensor([[True, False, True], [False, True, True]])
NUMBERS = torch.tensor([1, 0, -1])
PLACES = torch.tensor([[0, 2], [-1, 1]])
PAIR = torch.tensor([1, -2])
# The texts, and the tensors they name.
ADVANCED = [
    ("t0", [MASK]),
    ("t0", [torch.tensor([False, False])]),
    (": t0", [ROWS]),
    ("t0", [MATRIX]),
    ("1 t0", [ROWS]),
    ("t0 : 1:3", [MASK]),
    ("t0", [torch.tensor(True)]),
    ("t0", [torch.tensor(False)]),
    ("t0", [torch.tensor([1, 1, 0])]),
    ("t0", [torch.tensor(1)]),
    ("t0", [torch.tensor([[0, 1], [1, 0]])]),
    (": t0", [PLACES]),
    ("... t0", [torch.tensor([3, -4, 0], dtype=torch.int32)]),
    ("t0 t1", [PAIR, torch.tensor([0, 2])]),
    (": t0 t1", [PAIR, torch.tensor([0, -1])]),
    ("t0 : t1", [PAIR, torch.tensor([3, 0])]),
    ("t0 t1 t2", [PAIR, torch.tensor([0, 2]), torch.tensor([3, -1])]),
    ("t0 t1", [torch.tensor([[0], [1]]), NUMBERS]),
    ("t0 : t1", [torch.tensor([[0], [1]]), NUMBERS]),
    ("t0 1:3 0", [PAIR]),
    ("0 : t0", [NUMBERS]),
    ("t0 None t1", [PAIR, torch.tensor([0, 2])]),
    ("::2 t0 1:", [PLACES]),
    ("t0 t1", [MASK, torch.tensor([2])]),
    (": t0 t1", [ROWS, torch.tensor([3, 1])]),
    ("... t0 None", [NUMBERS]),
    ("t0", [torch.zeros(0, dtype=torch.int64)]),
    ("t0 : t1", [torch.tensor(1), torch.tensor([2, 2])]),
]
DISTINCT = [  # no place twice, so that what assignment does is defined
    (texts, tensors)
    for texts, tensors in ADVANCED
    if len(set(torch.arange(24).reshape(2, 3, 4)[index(texts, tensors)].flatten().tolist()))
    == torch.arange(24).reshape(2, 3, 4)[index(texts, tensors)].numel()
]


def title(texts, tensors):
    return f"[{texts}]" + "".join(f" {str(t.dtype)[6:]} {list(t.shape)}" for t in tensors)


def reading(f):
    read = lambda texts: lambda x, *tensors: x[index(texts, tensors)]
    for texts, tensors in [(p, []) for p in PLAIN] + ADVANCED:
        f.case(
            "part", title(texts, tensors), read(texts), f.uniform(2, 3, 4), *tensors, index=texts
        )
    f.case("part", "no dimensions, a mask", read("t0"), f.uniform(), torch.tensor(True), index="t0")
    f.case("part", "no dimensions, ...", read("..."), f.uniform(), index="...")
    f.case("part", "no dimensions, None", read("None"), f.uniform(), index="None")
    f.case(
        "part",
        "no elements",
        read("t0"),
        f.uniform(0, 3),
        torch.zeros(0, dtype=torch.int64),
        index="t0",
    )
    f.case(
        "part",
        "no elements, a mask",
        read("t0"),
        f.uniform(0, 3),
        torch.zeros(0, 3) > 0,
        index="t0",
    )
    for dtype in (torch.int32, torch.bool, torch.uint8, torch.bfloat16):
        x = f.integers(0, 2, 2, 3).to(dtype)
        f.case("part", str(dtype)[6:], read("t0 1:"), x, MASK, index="t0 1:")
        f.case("part", f"{str(dtype)[6:]} at places", read(": t0"), x, NUMBERS, index=": t0")
    last = laid_out(f.uniform(2, 2, 2, 3), "channelsLast")
    f.case("part", "channels-last", read("0 : t0 ::2"), last, PAIR, index="0 : t0 ::2")


def assignment(f):
    def change(texts):
        def function(x, values, *tensors):
            y = x.clone()
            y[index(texts, tensors)] = values
            return y

        return function

    for texts, tensors in [(p, []) for p in PLAIN] + DISTINCT:
        shape = torch.zeros(2, 3, 4)[index(texts, tensors)].shape
        name = title(texts, tensors)
        f.case(
            "assign",
            name,
            change(texts),
            f.uniform(2, 3, 4),
            f.uniform(*shape),
            *tensors,
            index=texts,
        )
        # Values that stretch: a number, and the last dimension alone.
        f.case(
            "assign",
            name + " = a number",
            change(texts),
            f.uniform(2, 3, 4),
            f.uniform(),
            *tensors,
            index=texts,
        )
        if len(shape) > 1:
            f.case(
                "assign",
                name + " = a row",
                change(texts),
                f.uniform(2, 3, 4),
                f.uniform(shape[-1]),
                *tensors,
                index=texts,
            )
    f.case(
        "assign",
        "values with more dimensions of 1",
        change("0"),
        f.uniform(2, 3),
        f.uniform(1, 1, 3),
        index="0",
    )
    f.case("assign", "no dimensions", change("..."), f.uniform(), f.uniform(), index="...")
    f.case(
        "assign",
        "float64 values",
        change("0"),
        f.uniform(2, 3),
        f.uniform(3).double(),
        grad=False,
        index="0",
    )
    f.case(
        "assign",
        "reals into integers",
        change("0"),
        f.integers(0, 9, 2, 3),
        torch.tensor([1.7, -2.5, 3.0]),
        grad=False,
        index="0",
    )
    f.case(
        "assign",
        "a mask of integers",
        change("t0"),
        f.integers(0, 9, 2, 3),
        torch.tensor(7),
        MATRIX,
        grad=False,
        index="t0",
    )
    f.case(
        "assign",
        "bool",
        change("1 t0"),
        MATRIX,
        torch.tensor(True),
        NUMBERS,
        grad=False,
        index="1 t0",
    )
    f.case(
        "assign",
        "float16",
        change("t0"),
        f.uniform(2, 3).half(),
        f.uniform(3).half(),
        MASK,
        index="t0",
    )
    last = laid_out(f.uniform(2, 2, 2, 3), "channelsLast")
    f.case("assign", "channels-last", change(": 1"), last, f.uniform(2, 1, 3), index=": 1")


def write():
    f = Family("Martlet", "subscripts")
    reading(f)
    assignment(f)
    f.write()
