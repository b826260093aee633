"""Operations on each element of one tensor, or of two that broadcast."""

import torch
import torch.nn.functional as F

from common import Family, laid_out

NAN, INF = float("nan"), float("inf")
SPECIAL = [0.0, -0.0, 1.0, -1.0, INF, -INF, NAN]


def unary():
    f = Family("Martlet", "unary")
    positive = dict(low=0.05, high=4)
    inner = dict(low=-0.95, high=0.95)
    functions = {
        "neg": ({}, torch.neg),
        "abs": ({}, torch.abs),
        "sign": ({}, torch.sign),
        "square": ({}, torch.square),
        "exp": ({}, torch.exp),
        "expm1": ({}, torch.expm1),
        "log": (positive, torch.log),
        "log1p": (positive, torch.log1p),
        "log2": (positive, torch.log2),
        "log10": (positive, torch.log10),
        "sqrt": (positive, torch.sqrt),
        "rsqrt": (positive, torch.rsqrt),
        "reciprocal": ({}, torch.reciprocal),
        "sin": ({}, torch.sin),
        "cos": ({}, torch.cos),
        "tan": (dict(low=-1.3, high=1.3), torch.tan),
        "asin": (inner, torch.asin),
        "acos": (inner, torch.acos),
        "atan": ({}, torch.atan),
        "sinh": ({}, torch.sinh),
        "cosh": ({}, torch.cosh),
        "tanh": ({}, torch.tanh),
        "asinh": ({}, torch.asinh),
        "acosh": (dict(low=1.1, high=4), torch.acosh),
        "atanh": (inner, torch.atanh),
        "erf": ({}, torch.erf),
        "erfc": ({}, torch.erfc),
        "floor": ({}, torch.floor),
        "ceil": ({}, torch.ceil),
        "round": ({}, torch.round),
        "trunc": ({}, torch.trunc),
    }
    for name, (bounds, function) in functions.items():
        f.case(name, "values", function, f.uniform(3, 4, **bounds))
        f.case(name, "special values", function, torch.tensor(SPECIAL), grad=False)
    f.case(
        "round",
        "halves go to even",
        torch.round,
        torch.tensor([0.5, 1.5, 2.5, -0.5, -1.5, 3.49]),
        grad=False,
    )
    f.case("exp", "transposed", torch.exp, laid_out(f.uniform(3, 4), "transposed"))
    f.case("tanh", "strided", torch.tanh, laid_out(f.uniform(3, 4), "strided"))
    f.case(
        "exp", "extremes", torch.exp, torch.tensor([-110.0, -88.0, 88.0, 89.0, 1e-8]), grad=False
    )
    f.case("erf", "extremes", torch.erf, torch.tensor([-6.0, -1e-4, 1e-4, 3.9, 6.0]), grad=False)
    f.case("log", "extremes", torch.log, torch.tensor([1e-38, 3e38, 1.0000001]), grad=False)
    f.case("sin", "large", torch.sin, torch.tensor([100.0, -1000.0, 12345.0]), grad=False)
    for dtype in (torch.int64, torch.int32, torch.uint8):
        x = torch.tensor([0, 1, 5, 7], dtype=dtype)
        for name in ("neg", "abs", "sign", "square", "exp", "sqrt", "floor"):
            f.case(name, str(dtype)[6:], functions[name][1], x, grad=False)
    f.case("exp", "bool", torch.exp, torch.tensor([True, False]), grad=False)
    for name, function in {
        "logicalNot": torch.logical_not,
        "isNaN": torch.isnan,
        "isInf": torch.isinf,
        "isFinite": torch.isfinite,
    }.items():
        f.case(name, "special values", function, torch.tensor(SPECIAL), grad=False)
    f.case("logicalNot", "integers", torch.logical_not, torch.tensor([0, 3, -1]), grad=False)
    for low, high in ((-0.5, 0.75), (-INF, 0.5), (0.5, INF)):
        f.case(
            "clamp",
            f"{low} to {high}",
            lambda x: x.clamp(low, high),
            torch.cat([f.uniform(8), torch.tensor([0.5, 0.75, -0.5])]),
            low=str(low) if abs(low) == INF else low,
            high=str(high) if abs(high) == INF else high,
        )
    f.case(
        "clamp",
        "special values",
        lambda x: x.clamp(-0.5, 0.5),
        torch.tensor(SPECIAL),
        grad=False,
        low=-0.5,
        high=0.5,
    )
    f.case(
        "clamp",
        "integers",
        lambda x: x.clamp(-1, 2),
        torch.tensor([-5, -1, 0, 2, 9]),
        grad=False,
        low=-1,
        high=2,
    )
    casts = [
        torch.float32,
        torch.float64,
        torch.float16,
        torch.bfloat16,
        torch.int64,
        torch.int32,
        torch.uint8,
        torch.bool,
    ]
    x = torch.tensor([0.0, 1.0, 2.5, 100.75, 3.1415927])
    for to in casts:
        f.case(
            "to",
            f"float32 to {str(to)[6:]}",
            lambda v: v.to(to),
            x,
            grad=to.is_floating_point,
            type=str(to)[6:],
        )
        f.case(
            "to",
            f"{str(to)[6:]} to float32",
            lambda v: v.float(),
            x.to(to),
            grad=to.is_floating_point,
            type="float32",
        )
    f.case(
        "to",
        "negative to integers",
        lambda v: v.to(torch.int32),
        torch.tensor([-1.9, -0.5, 1.9]),
        grad=False,
        type="int32",
    )
    f.case(
        "to",
        "bfloat16 rounds to even",
        lambda v: v.to(torch.bfloat16),
        torch.tensor([1.00390625, 1.01171875, 1.0039063, -1.00390625, NAN, INF, 3.4e38]),
        grad=False,
        type="bfloat16",
    )
    f.write()


def activations():
    f = Family("Martlet", "activations")
    functions = {
        "relu": F.relu,
        "relu6": F.relu6,
        "leakyReLU": lambda x: F.leaky_relu(x, 0.2),
        "elu": lambda x: F.elu(x, 0.7),
        "selu": F.selu,
        "gelu": F.gelu,
        "geluTanh": lambda x: F.gelu(x, approximate="tanh"),
        "silu": F.silu,
        "mish": F.mish,
        "hardsigmoid": F.hardsigmoid,
        "hardswish": F.hardswish,
        "hardtanh": lambda x: F.hardtanh(x, -0.5, 1.5),
        "sigmoid": torch.sigmoid,
        "logSigmoid": F.logsigmoid,
        "softplus": lambda x: F.softplus(x, 1.5, 3),
        "softsign": F.softsign,
    }
    for name, function in functions.items():
        f.case(name, "values", function, f.uniform(3, 6, low=-8, high=8))
        f.case(name, "kinks", function, torch.tensor([0.0, 6.0, 3.0, -3.0, -0.5, 1.5]))
        # PyTorch's GELU of infinity is NaN on some processors.
        ends = [] if name.startswith("gelu") else [-INF, INF]
        f.case(name, "extremes", function, torch.tensor([-100.0, 100.0, NAN] + ends), grad=False)
        f.case(name, "transposed", function, laid_out(f.uniform(4, 3), "transposed"))
    f.case("addReLU", "values", lambda a, b: F.relu(a + b), f.uniform(3, 4), f.uniform(3, 4))
    f.case(
        "addReLU",
        "ends at zero",
        lambda a, b: F.relu(a + b),
        torch.tensor([1.0, -1.0, 2.0]),
        torch.tensor([-1.0, 1.0, -3.0]),
    )
    f.write()


def binary():
    f = Family("Martlet", "binary")
    functions = {
        "add": torch.add,
        "sub": torch.sub,
        "mul": torch.mul,
        "div": torch.div,
        "maximum": torch.maximum,
        "minimum": torch.minimum,
        "atan2": torch.atan2,
        "fmod": torch.fmod,
        "remainder": torch.remainder,
    }
    shapes = {
        "same shape": ((3, 4), (3, 4)),
        "row": ((3, 4), (4,)),
        "column": ((3, 4), (3, 1)),
        "both": ((3, 1), (1, 4)),
        "scalar": ((3, 4), ()),
        "more dimensions": ((4,), (2, 3, 4)),
        "channels": ((2, 3, 2, 2), (1, 3, 1, 1)),
    }
    for name, function in functions.items():
        for title, (a, b) in shapes.items():
            f.case(name, title, function, f.uniform(*a), f.uniform(*b))
    f.case(
        "add",
        "transposed and strided",
        torch.add,
        laid_out(f.uniform(3, 4), "transposed"),
        laid_out(f.uniform(3, 4), "strided"),
    )
    f.case(
        "mul",
        "channels-last",
        torch.mul,
        laid_out(f.uniform(2, 3, 2, 2), "channelsLast"),
        f.uniform(2, 3, 2, 2),
    )
    f.case("sub", "no elements", torch.sub, torch.zeros(0, 3), torch.zeros(3))
    f.case("pow", "values", torch.pow, f.uniform(3, 4, low=0.1, high=3), f.uniform(4))
    f.case(
        "pow",
        "zero bases and exponents",
        torch.pow,
        torch.tensor([0.0, 0.0, 2.0, -2.0]),
        torch.tensor([2.0, 0.0, 0.0, 3.0]),
        grad=False,
    )
    for exponent in (2.0, 0.5, -1.0, 3.0, 0.0):
        f.case(
            "powNumber",
            f"{exponent}",
            lambda x: x**exponent,
            f.uniform(6, low=0.1, high=3),
            exponent=exponent,
        )
    f.case("powNumber", "negative bases", lambda x: x**2.0, f.uniform(6), exponent=2.0)
    tie = torch.tensor([1.0, 2.0, 2.0, NAN, 1.0]), torch.tensor([1.0, 1.0, 3.0, 1.0, NAN])
    for name in ("maximum", "minimum"):
        f.case(name, "ties and NaN", functions[name], *tie, grad=False)
        f.case(name, "ties", functions[name], *(x[:3] for x in tie))
    signs = torch.tensor([7.0, -7.0, 7.0, -7.0, 5.5]), torch.tensor([3.0, 3.0, -3.0, -3.0, 0.5])
    whole = tuple(x.to(torch.int64) for x in signs)[0], torch.tensor([3, 3, -3, -3, 2])
    floor = lambda a, b: torch.div(a, b, rounding_mode="floor")
    for name, function in {
        "floorDivide": floor,
        "remainder": torch.remainder,
        "fmod": torch.fmod,
    }.items():
        f.case(name, "signs", function, *signs, grad=False)
        f.case(name, "signs of integers", function, *whole, grad=False)
    f.case(
        "div",
        "by zero",
        torch.div,
        torch.tensor([1.0, -1.0, 0.0]),
        torch.tensor([0.0, 0.0, 0.0]),
        grad=False,
    )
    f.case("div", "integers", torch.div, *whole, grad=False)
    # Type promotion: every pair of types, with dimensions and without.
    types = [
        torch.float32,
        torch.float64,
        torch.float16,
        torch.bfloat16,
        torch.int64,
        torch.int32,
        torch.uint8,
        torch.bool,
    ]
    for s in types:
        for t in types:
            for title, b in (
                ("", torch.tensor([1, 0], dtype=t)),
                (" scalar", torch.tensor(1, dtype=t)),
            ):
                f.case(
                    "add",
                    f"{str(s)[6:]} and {str(t)[6:]}{title}",
                    torch.add,
                    torch.tensor([1, 2]).to(s),
                    b,
                    grad=False,
                )
    for t in types:
        x = torch.tensor([1, 2]).to(t)
        f.case("addInteger", str(t)[6:], lambda v: v + 2, x, grad=False)
        f.case("addReal", str(t)[6:], lambda v: v + 1.5, x, grad=False)
        if t not in (torch.bool,):
            f.case("div", f"{str(t)[6:]} by itself", torch.div, x, x, grad=False)
    for name in ("add", "mul", "sub"):
        f.case(
            name,
            "large integers",
            functions[name],
            torch.tensor([2**53 + 1, -5]),
            torch.tensor([2, 3]),
            grad=False,
        )
    f.case(
        "mul",
        "bool",
        torch.mul,
        torch.tensor([True, True, False]),
        torch.tensor([True, False, False]),
        grad=False,
    )
    compare = {
        "eq": torch.eq,
        "ne": torch.ne,
        "lt": torch.lt,
        "le": torch.le,
        "gt": torch.gt,
        "ge": torch.ge,
    }
    for name, function in compare.items():
        f.case(
            name,
            "ties, NaN and broadcasting",
            function,
            torch.tensor([[1.0], [NAN], [INF]]),
            torch.tensor([1.0, 2.0, NAN, INF]),
            grad=False,
        )
        f.case(
            name,
            "integer and real",
            function,
            torch.tensor([1, 2, 3]),
            torch.tensor([1.5, 2.0, 2.5]),
            grad=False,
        )
        f.case(
            name,
            "bytes",
            function,
            torch.tensor([1, 200], dtype=torch.uint8),
            torch.tensor([100, 200], dtype=torch.uint8),
            grad=False,
        )
    logic = {
        "logicalAnd": torch.logical_and,
        "logicalOr": torch.logical_or,
        "logicalXor": torch.logical_xor,
    }
    for name, function in logic.items():
        f.case(
            name,
            "numbers",
            function,
            torch.tensor([0.0, 1.0, 2.0, 0.0]),
            torch.tensor([0, 0, 3, 4]),
            grad=False,
        )
    mask = torch.tensor([[True, False, True], [False, False, True]])
    f.case("where", "values", torch.where, mask, f.uniform(2, 3), f.uniform(2, 3))
    f.case("where", "broadcast", torch.where, mask[:, :1], f.uniform(3), f.uniform(2, 1))
    f.case(
        "where", "integers and reals", torch.where, mask, torch.tensor([1, 2, 3]), f.uniform(2, 3)
    )
    f.case(
        "where",
        "transposed",
        torch.where,
        laid_out(mask, "transposed"),
        laid_out(f.uniform(2, 3), "strided"),
        f.uniform(2, 3),
    )
    f.case(
        "maskedFill", "rows", lambda x, m: x.masked_fill(m, -1.5), f.uniform(2, 3), mask, value=-1.5
    )
    f.case(
        "maskedFill",
        "infinity",
        lambda x, m: x.masked_fill(m, -INF),
        f.uniform(2, 3),
        mask,
        grad=False,
        value="-inf",
    )
    f.write()


def write():
    unary()
    activations()
    binary()
