// The unary operations on floating-point numbers x of type T, with parameters p and q of type T;
// FN(exp) is T's exp. Sine, cosine, tangent and lgamma are missing: for float they need a second
// path, see unary_float.c.
#define UNARY_FLOATING(X) \
    X(NEG, -x) \
    X(ABS, FN(abs)(x)) \
    X(SIGN, FN(sign)(x)) \
    X(SQUARE, x *x) \
    X(EXP, FN(exp)(x)) \
    X(EXPM1, FN(expm1)(x)) \
    X(LOG, FN(log)(x)) \
    X(LOG1P, FN(log1p)(x)) \
    X(LOG2, FN(log2)(x)) \
    X(LOG10, FN(log10)(x)) \
    X(SQRT, FN(sqrt)(x)) \
    X(RSQRT, 1 / FN(sqrt)(x)) \
    X(RECIPROCAL, 1 / x) \
    X(ASIN, FN(asin)(x)) \
    X(ACOS, FN(acos)(x)) \
    X(ATAN, FN(atan)(x)) \
    X(SINH, FN(sinh)(x)) \
    X(COSH, FN(cosh)(x)) \
    X(TANH, FN(tanh)(x)) \
    X(ASINH, FN(asinh)(x)) \
    X(ACOSH, FN(acosh)(x)) \
    X(ATANH, FN(atanh)(x)) \
    X(ERF, FN(erf)(x)) \
    X(ERFC, FN(erfc)(x)) \
    X(FLOOR, FN(floor)(x)) \
    X(CEIL, FN(ceil)(x)) \
    X(ROUND, FN(roundeven)(x)) \
    X(TRUNC, FN(trunc)(x)) \
    X(FRAC, x - FN(trunc)(x)) \
    X(EXP2, FN(exp2)(x)) \
    X(DIGAMMA, FN(digamma)(x)) \
    X(TRIGAMMA, FN(trigamma)(x)) \
    X(ERFINV, FN(erfinv)(x)) \
    X(SIGMOID, FN(sigmoid)(x)) \
    X(LOGSIGMOID, FN(logsigmoid)(x)) \
    X(SOFTPLUS, FN(softplus)(x, p, q)) \
    X(SOFTSIGN, x / (1 + FN(abs)(x))) \
    X(RELU, x < 0 ? 0 : x) \
    X(RELU6, FN(clamp)(x, 0, 6)) \
    X(LEAKY_RELU, x > 0 ? x : x * p) \
    X(ELU, x > 0 ? x : p * FN(expm1)(x)) \
    X(SELU, (T)SELU_SCALE *(x > 0 ? x : (T)SELU_ALPHA * FN(expm1)(x))) \
    X(GELU, FN(gelu)(x)) \
    X(GELU_TANH, FN(gelu_tanh)(x)) \
    X(SILU, x / (1 + FN(exp)(-x))) \
    X(MISH, x *FN(mish_gate)(x)) \
    X(HARDSIGMOID, FN(hardsigmoid)(x)) \
    X(HARDSWISH, x *FN(hardsigmoid)(x)) \
    X(HARDTANH, FN(clamp)(x, p, q)) \
    X(CLAMP, FN(clamp)(x, p, q)) \
    X(CELU, x > 0 ? x : p * FN(expm1)(x / p)) \
    X(HARDSHRINK, x >= -p && x <= p ? 0 : x) \
    X(SOFTSHRINK, x > p ? x - p : x < -p ? x + p : x * 0) \
    X(THRESHOLD, x <= p ? q : x)

#define UNARY_TESTS(X) \
    X(LOGICAL_NOT, x == 0) \
    X(ISNAN, x != x) \
    X(ISINF, FN(abs)(x) == (T)INFINITY) \
    X(ISFINITE, FN(abs)(x) < (T)INFINITY)
