"""The types of results, for all types and pairs of types, of vectors, elements and numbers."""

import torch

from common import Family

TYPES = [
    torch.float32,
    torch.float64,
    torch.float16,
    torch.bfloat16,
    torch.int64,
    torch.int32,
    torch.uint8,
    torch.bool,
]

PAIRS = {
    "add": torch.add,
    "sub": torch.sub,
    "mul": torch.mul,
    "div": torch.div,
    "floorDivide": torch.floor_divide,
    "truncDivide": lambda a, b: torch.div(a, b, rounding_mode="trunc"),
    "remainder": torch.remainder,
    "fmod": torch.fmod,
    "pow": torch.pow,
    "maximum": torch.maximum,
    "minimum": torch.minimum,
    "atan2": torch.atan2,
    "hypot": torch.hypot,
    "copysign": torch.copysign,
    "logAddExp": torch.logaddexp,
    "xlogy": torch.xlogy,
    "and": torch.bitwise_and,
    "or": torch.bitwise_or,
    "xor": torch.bitwise_xor,
    "gcd": torch.gcd,
    "eq": torch.eq,
    "lt": torch.lt,
    "ge": torch.ge,
    "logicalAnd": torch.logical_and,
    "logicalXor": torch.logical_xor,
    "where": lambda a, b: torch.where(torch.tensor([True, False, True]), a, b),
    "isClose": lambda a, b: torch.isclose(a.double(), b.double()),
    "cat": lambda a, b: torch.cat([a, b]),
}
# Of single elements with vectors, where the rules differ.
MIXED = ["add", "mul", "div", "remainder", "pow", "maximum", "atan2", "eq", "where"]
NUMBERS = {
    "plusWhole": lambda a: a + 2,
    "plusReal": lambda a: a + 1.5,
    "minusWhole": lambda a: a - 1,
    "wholeMinus": lambda a: 3 - a,
    "timesReal": lambda a: a * 0.5,
    "timesWhole": lambda a: a * 3,
    "overWhole": lambda a: a / 2,
    "overReal": lambda a: a / 0.5,
    "realOver": lambda a: 1.5 / a,
    "power": lambda a: torch.pow(a, 2.0) if a.dtype.is_floating_point else torch.pow(a, 2),
    "equalsReal": lambda a: a == 1.5,
    "belowReal": lambda a: a < 2.5,
    "clamp": lambda a: a.clamp(1, 2),
    "clampReal": lambda a: a.clamp(1.5, 2.5),
}
REDUCTIONS = {
    "sum": lambda a: a.sum(),
    "sumDim": lambda a: a.sum(0),
    "mean": lambda a: a.mean(),
    "prod": lambda a: a.prod(),
    "max": torch.amax,
    "min": torch.amin,
    "maxDim": lambda a: a.max(0).values,
    "any": lambda a: a.any(),
    "all": lambda a: a.all(0),
    "argmax": lambda a: a.argmax(),
    "argmin": lambda a: a.argmin(0),
    "countNonzero": torch.count_nonzero,
    "nanSum": torch.nansum,
    "logSumExp": lambda a: torch.logsumexp(a, 0),
    "variance": lambda a: a.var(),
    "std": lambda a: a.std(),
    "norm": lambda a: torch.linalg.vector_norm(a),
    "cumsum": lambda a: a.cumsum(0),
    "cumprod": lambda a: a.cumprod(0),
    "cummax": lambda a: a.cummax(0).values,
    "cummin": lambda a: a.cummin(0).values,
    "logCumSumExp": lambda a: a.logcumsumexp(0),
    "sort": lambda a: a.sort(stable=True).values,
    "median": lambda a: a.median(),
    "diff": lambda a: a.diff(),
    "trapezoid": lambda a: torch.trapezoid(a),
    "softmax": lambda a: a.softmax(0),
}
UNARY = {
    "abs": torch.abs,
    "neg": torch.neg,
    "sign": torch.sign,
    "square": torch.square,
    "exp": torch.exp,
    "log1p": torch.log1p,
    "sqrt": torch.sqrt,
    "rsqrt": torch.rsqrt,
    "reciprocal": torch.reciprocal,
    "sin": torch.sin,
    "erf": torch.erf,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "floor": torch.floor,
    "round": torch.round,
    "trunc": torch.trunc,
    "relu": torch.relu,
    "isNaN": torch.isnan,
    "isFinite": torch.isfinite,
    "signbit": torch.signbit,
    "logicalNot": torch.logical_not,
    "deg2rad": torch.deg2rad,
    "nanToNum": torch.nan_to_num,
    "zerosLike": torch.zeros_like,
    "flip": lambda a: a.flip(0),
    "tril": lambda a: a.reshape(1, 3).tril(),
    "repeated": lambda a: a.repeat(2),
}


def write():
    family = Family("Martlet", "promotion")

    def add(operation, name, functions, *inputs):
        """The results of all functions that PyTorch has for these types, and their names."""
        found = {}
        for key, function in functions.items():
            try:
                found[key] = function(*inputs)
            except (RuntimeError, TypeError):
                continue
        family.case(
            operation, name, lambda *x: list(found.values()), *inputs, grad=False, names=list(found)
        )

    vectors = {t: (torch.tensor([1, 2, 3]).to(t), torch.tensor([2, 1, 3]).to(t)) for t in TYPES}
    for t, (a, _) in vectors.items():
        kind = str(t)[6:]
        add("numbers", kind, NUMBERS, a)
        # PyTorch's any and all of uint8 alone are not bools.
        left = {"any", "all"} if t == torch.uint8 else set()
        kept = {key: f for key, f in REDUCTIONS.items() if key not in left}
        add("reductions", kind, kept, a)
        add("unary", kind, UNARY, a)
        for u, (_, b) in vectors.items():
            other = str(u)[6:]
            add("pairs", f"{kind} and {other}", PAIRS, a, b)
            mixed = {key: PAIRS[key] for key in MIXED}
            add("pairs", f"{kind} and one {other}", mixed, a, b[0])
            if kind != other:
                add("pairs", f"one {kind} and {other}", mixed, a[1], b)
    family.write()
