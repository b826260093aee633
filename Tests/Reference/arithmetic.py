"""Element-wise functions beyond the elementary ones, numbers as operands, and whole numbers."""

import math

import torch

from common import Family, laid_out

NAN, INF = float("nan"), float("inf")
SPECIAL = [0.0, -0.0, 1.0, -1.0, INF, -INF, NAN]
SHAPES = {
    "matrix": (2, 3),
    "no dimensions": (),
    "no elements": (0, 2),
    "channels-last": (1, 2, 2, 2),
}
PAIRS = {
    "same shape": ((2, 3), (2, 3)),
    "broadcast": ((2, 1), (3,)),
    "scalar": ((2, 2), ()),
    "no dimensions": ((), ()),
    "no elements": ((0, 2), (2,)),
}
HALVES = (torch.float16, torch.bfloat16)


def shaped(f, shape, **bounds):
    x = f.uniform(*shape, **bounds)
    return laid_out(x, "channelsLast") if len(shape) == 4 else x


def one_operand(f):
    positive = dict(low=0.1, high=4)
    functions = {
        "deg2rad": ({}, torch.deg2rad),
        "rad2deg": ({}, torch.rad2deg),
        "sinc": ({}, torch.sinc),
        "logit": (dict(low=0.05, high=0.95), torch.logit),
        "frac": ({}, torch.frac),
        "exp2": ({}, torch.exp2),
        "lgamma": (positive, torch.lgamma),
        "digamma": (positive, torch.digamma),
        "erfinv": (dict(low=-0.95, high=0.95), torch.erfinv),
    }
    for name, (bounds, function) in functions.items():
        for title, shape in SHAPES.items():
            f.case(name, title, function, shaped(f, shape, **bounds))
        f.case(name, "special values", function, torch.tensor(SPECIAL), grad=False)
    for dtype in HALVES:
        for name in ("sinc", "exp2", "erfinv", "logit"):
            x = f.uniform(4, low=0.1, high=0.9).to(dtype)
            # The gradient of sinc is a difference of nearly equal numbers.
            f.case(name, str(dtype)[6:], functions[name][1], x, grad=name != "sinc")
    f.case("sinc", "at 0", torch.sinc, torch.tensor([0.0, 0.5, -1.0]))
    for name in ("lgamma", "digamma"):
        x = torch.tensor([-0.5, -1.5, -2.25, -3.7, 12.5, 100.0, 0.01])
        f.case(name, "negative and large", functions[name][1], x)
    f.case("lgamma", "integers", torch.lgamma, torch.tensor([1, 3, 7]), grad=False)
    f.case("digamma", "poles", torch.digamma, torch.tensor([-1.0, -2.0, 0.0]), grad=False)
    trigamma = lambda x: torch.polygamma(1, x)
    f.case("trigamma", "values", trigamma, f.uniform(3, 3, low=0.1, high=9), grad=False)
    f.case("trigamma", "negative", trigamma, torch.tensor([-0.5, -1.3, -4.2]), grad=False)
    tails = torch.tensor([-1.0, 1.0, 0.9999, -0.999999, 1.5, 1e-6])
    f.case("erfinv", "ends", torch.erfinv, tails, grad=False)
    f.case(
        "logitEps",
        "beyond the ends",
        lambda x: torch.logit(x, 0.1),
        torch.tensor([-1.0, 0.02, 0.4, 0.6, 0.95, 2.0]),
        eps=0.1,
    )
    f.case("nanToNum", "defaults", torch.nan_to_num, torch.tensor(SPECIAL), grad=False)
    f.case("nanToNum", "gradient", torch.nan_to_num, torch.tensor([1.5, NAN, INF, -2.0]))
    f.case(
        "nanToNum",
        "given",
        lambda x: torch.nan_to_num(x, 1.5, 10, -20),
        torch.tensor(SPECIAL),
        grad=False,
        nan=1.5,
        positive=10,
        negative=-20,
    )
    f.case("nanToNum", "integers", torch.nan_to_num, torch.tensor([1, 2]), grad=False)
    for dtype in HALVES + (torch.float64,):
        x = torch.tensor([NAN, INF, -INF, 2.0], dtype=dtype)
        if dtype != torch.float64:
            f.case("nanToNum", str(dtype)[6:], torch.nan_to_num, x, grad=False)
    for name, function in {
        "isPosInf": torch.isposinf,
        "isNegInf": torch.isneginf,
        "signbit": torch.signbit,
    }.items():
        f.case(name, "special values", function, torch.tensor(SPECIAL), grad=False)
        f.case(name, "integers", function, torch.tensor([-2, 0, 3]), grad=False)
        f.case(name, "bool", function, torch.tensor([True, False]), grad=False)
        f.case(name, "float16", function, torch.tensor([-INF, 1.5, INF]).half(), grad=False)
    f.case("bitwiseNot", "int32", torch.bitwise_not, f.integers(-9, 9, 5, dtype=torch.int32))
    f.case("bitwiseNot", "uint8", torch.bitwise_not, torch.tensor([0, 7, 255], dtype=torch.uint8))
    f.case("bitwiseNot", "bool", torch.bitwise_not, torch.tensor([True, False]))
    f.case("not", "numbers", torch.logical_not, torch.tensor([0, 3]))
    for low, high in ((None, 0.5), (-0.5, None)):
        bounds = {k: v for k, v in (("low", low), ("high", high)) if v is not None}
        f.case("clamp", f"{bounds}", lambda x: x.clamp(low, high), f.uniform(2, 3), **bounds)
    f.case(
        "clamp",
        "fractions of integers",
        lambda x: x.clamp(0.5, 2.5),
        torch.arange(4),
        low=0.5,
        high=2.5,
    )
    f.case("clamp", "no dimensions", lambda x: x.clamp(-1, 1), f.uniform(), low=-1, high=1)


def two_operands(f):
    functions = {
        "hypot": torch.hypot,
        "copysign": torch.copysign,
        "logAddExp": torch.logaddexp,
        "logAddExp2": torch.logaddexp2,
        "truncDivide": lambda a, b: torch.div(a, b, rounding_mode="trunc"),
        "floorDivide": lambda a, b: torch.div(a, b, rounding_mode="floor"),
    }
    for name, function in functions.items():
        for title, (a, b) in PAIRS.items():
            f.case(name, title, function, f.uniform(*a), f.uniform(*b))
        f.case(
            name,
            "channels-last",
            function,
            laid_out(f.uniform(1, 2, 2, 2), "channelsLast"),
            f.uniform(1, 2, 2, 2),
        )
    for name in ("hypot", "copysign", "logAddExp"):
        for dtype in HALVES:
            f.case(
                name,
                str(dtype)[6:],
                functions[name],
                f.uniform(4).to(dtype),
                f.uniform(4).to(dtype),
            )
    f.case("hypot", "large", torch.hypot, torch.tensor([3e30]), torch.tensor([4e30]), grad=False)
    f.case(
        "copysign",
        "zeros",
        torch.copysign,
        torch.tensor([0.0, -0.0, 2.0, -2.0]),
        torch.tensor([-1.0, 1.0, -0.0, 0.0]),
    )
    f.case("copysign", "integers", torch.copysign, torch.tensor([1, -2]), torch.tensor([-1, 1]))
    for name in ("logAddExp", "logAddExp2"):
        f.case(
            name,
            "extremes",
            functions[name],
            torch.tensor([1000.0, -1000.0, -INF, INF, -INF, NAN]),
            torch.tensor([1000.0, -1001.0, -INF, INF, 2.0, 1.0]),
            grad=False,
        )
    signs = torch.tensor([7, -7, 7, -7, 0]), torch.tensor([3, 3, -3, -3, 5])
    for dtype in (torch.int64, torch.int32):
        f.case(
            "truncDivide",
            str(dtype)[6:],
            functions["truncDivide"],
            *(x.to(dtype) for x in signs),
        )
    f.case("xlogy", "values", torch.xlogy, f.uniform(2, 3), f.uniform(3, low=0.1, high=3))
    f.case("xlogy", "0", torch.xlogy, torch.tensor([0.0, 0.0, 1.5]), torch.tensor([2.0, 0.5, 3.0]))
    f.case(
        "xlogy",
        "special values",
        torch.xlogy,
        torch.tensor([0.0, 0.0, 0.0, 1.0, 0.0, 1.0]),
        torch.tensor([0.0, INF, NAN, 0.0, -1.0, -1.0]),
        grad=False,
    )
    f.case("xlogy", "integers", torch.xlogy, torch.tensor([0, 2]), torch.tensor([3, 5]))
    f.case(
        "heaviside",
        "values",
        torch.heaviside,
        torch.tensor([-1.5, 0.0, 2.0, NAN]),
        torch.tensor([0.5, 0.25, 0.5, 0.5]),
        grad=False,
    )
    f.case("heaviside", "integers", torch.heaviside, torch.tensor([-1, 0, 2]), torch.tensor(7))
    wide = lambda: f.uniform(2, 3, low=-3, high=3)
    f.case(
        "clampTensors",
        "both",
        lambda x, a, b: x.clamp(a, b),
        wide(),
        f.uniform(3, low=-1, high=-0.5),
        f.uniform(2, 1, low=0.5, high=1),
        low=True,
        high=True,
    )
    ends = torch.tensor([-1.0, 0.5, 1.0])
    f.case(
        "clampTensors",
        "ties",
        lambda x, a, b: x.clamp(a, b),
        torch.tensor([-1.0, 0.0, 2.0]),
        ends,
        ends + 1,
        low=True,
        high=True,
    )
    f.case("clampTensors", "low", lambda x, a: x.clamp(min=a), wide(), f.uniform(3), low=True)
    f.case("clampTensors", "high", lambda x, a: x.clamp(max=a), wide(), f.uniform(), high=True)
    f.case(
        "clampTensors",
        "least above greatest",
        lambda x, a, b: x.clamp(a, b),
        torch.tensor([-1.0, 1.5, 3.0]),
        torch.tensor(2.0),
        torch.tensor(1.0),
        grad=False,
        low=True,
        high=True,
    )
    for weight in (0.25, 0.75, 1.5):
        f.case(
            "lerp",
            f"{weight}",
            lambda a, b: torch.lerp(a, b, weight),
            f.uniform(2, 3),
            f.uniform(3),
            weight=weight,
        )
    f.case("lerpTensor", "values", torch.lerp, f.uniform(2, 3), f.uniform(2, 3), f.uniform(3))
    f.case("lerpTensor", "no elements", torch.lerp, f.uniform(0), f.uniform(0), f.uniform(1))
    for name, function in {"addcmul": torch.addcmul, "addcdiv": torch.addcdiv}.items():
        for value in (1, -2, 0.5):
            f.case(
                name,
                f"{value}",
                lambda x, a, b: function(x, a, b, value=value),
                f.uniform(2, 3),
                f.uniform(3),
                f.uniform(2, 1),
                value=value,
            )
    f.case(
        "addcmul",
        "integers",
        lambda x, a, b: torch.addcmul(x, a, b, value=3),
        *(f.integers(-5, 5, 4) for _ in range(3)),
        value=3,
    )


def numbers_as_operands(f):
    signs = torch.tensor([7.0, -7.0, 5.5, -0.5])
    whole = torch.tensor([7, -7, 5, 0])
    functions = {
        "floorDivideNumber": lambda x, v: torch.floor_divide(x, v),
        "remainderNumber": torch.remainder,
        "percent": torch.remainder,
        "fmodNumber": torch.fmod,
    }
    for name, function in functions.items():
        for value in (3, -3, 2.5):
            for title, x in (("real", signs), ("integers", whole)):
                grad = title == "real" and name not in ("floorDivideNumber",)
                f.case(
                    name,
                    f"{title}, {value}",
                    lambda v: function(v, value),
                    x,
                    grad=grad,
                    value=value,
                )
    f.case("percentTensor", "values", torch.remainder, f.uniform(2, 3), f.uniform(3))
    x = f.uniform(2, 3, low=0.5, high=2)
    for name, function in {
        "plus": lambda v: (v + 1.5, 1.5 + v),
        "minus": lambda v: (v - 1.5, 1.5 - v),
        "times": lambda v: (v * 1.5, 1.5 * v),
        "over": lambda v: (v / 1.5, 1.5 / v),
        "plusWhole": lambda v: (v + 2, 2 + v),
        "minusWhole": lambda v: (v - 2, 2 - v),
        "timesWhole": lambda v: (v * 2, 2 * v),
        "overWhole": lambda v: (v / 2, 2 / v),
    }.items():
        f.case(name, "real", function, x)
        f.case(name, "integers", function, torch.tensor([1, -3, 5], dtype=torch.int32), grad=False)
        f.case(name, "float16", function, x.half())
        f.case(name, "no dimensions", function, f.uniform(low=1))
    f.case("plusWhole", "bool", lambda v: (v + 2, 2 + v), torch.tensor([True, False]))
    for exponent in (0, 2, 3):
        f.case("powWhole", f"{exponent}", lambda v: v**exponent, f.uniform(2, 3), exponent=exponent)
        f.case("powWhole", f"integers, {exponent}", lambda v: v**exponent, whole, exponent=exponent)
    f.case("powWhole", "-2", lambda v: v**-2, f.uniform(2, 3), exponent=-2)
    for base in (2.0, 0.5):
        f.case("numberPow", f"{base}", lambda v: torch.pow(base, v), f.uniform(2, 3), base=base)
    f.case("numberPow", "0", lambda v: torch.pow(0.0, v), torch.tensor([0.0, 1.0, 2.5]), base=0)


def whole_numbers(f):
    functions = {
        "and": torch.bitwise_and,
        "or": torch.bitwise_or,
        "xor": torch.bitwise_xor,
    }
    flags = torch.tensor([[True], [False]]), torch.tensor([True, False])
    for name, function in functions.items():
        f.case(name, "bool", function, *flags)
        f.case(name, "int64", function, f.integers(-20, 20, 2, 3), f.integers(-20, 20, 3))
        f.case(
            name,
            "uint8 and int32",
            function,
            f.integers(0, 255, 3, dtype=torch.uint8),
            f.integers(-20, 20, 3, dtype=torch.int32),
        )
    shifts = torch.tensor([0, 1, 5, 31, 70])
    values = torch.tensor([3, -3, 100, -1, 5])
    for dtype in (torch.int64, torch.int32):
        f.case(
            "shiftLeft",
            str(dtype)[6:],
            torch.bitwise_left_shift,
            values.to(dtype),
            shifts.to(dtype),
        )
        f.case(
            "shiftRight",
            str(dtype)[6:],
            torch.bitwise_right_shift,
            values.to(dtype),
            shifts.to(dtype),
        )
    bytes_ = torch.tensor([1, 200, 255], dtype=torch.uint8)
    f.case(
        "shiftRight",
        "uint8",
        torch.bitwise_right_shift,
        bytes_,
        torch.tensor([1, 3, 9], dtype=torch.uint8),
    )
    a = torch.tensor([[12, -18, 0, 7], [5, 0, 36, -4]])
    b = torch.tensor([8, 12, 0, 21])
    for name, function in {"gcd": torch.gcd, "lcm": torch.lcm}.items():
        f.case(name, "int64", function, a, b)
        f.case(name, "int32", function, a.int(), b.int())
        f.case(name, "0 and others", function, torch.tensor([5, 4, 0]), torch.tensor([0, 6, 9]))


def closeness(f):
    a = torch.tensor([1.0, NAN, INF, 1e-9, 1.0])
    b = torch.tensor([1.000001, NAN, INF, 0.0, 1.1])
    f.case(
        "isClose", "defaults", torch.isclose, a, b, grad=False, rtol=1e-5, atol=1e-8, equalNaN=False
    )
    f.case(
        "isClose",
        "wide, NaN equal",
        lambda x, y: torch.isclose(x, y, rtol=0.2, atol=0, equal_nan=True),
        a,
        b,
        grad=False,
        rtol=0.2,
        atol=0,
        equalNaN=True,
    )
    f.case(
        "allClose",
        "near and far",
        lambda x, y: torch.tensor([torch.allclose(x, y), torch.allclose(x, y + 1)]),
        torch.tensor([1.0, 2.0]),
        torch.tensor([1.000001, 2.0]),
        grad=False,
    )


def write():
    f = Family("Martlet", "arithmetic")
    one_operand(f)
    two_operands(f)
    numbers_as_operands(f)
    whole_numbers(f)
    closeness(f)
    f.write()
