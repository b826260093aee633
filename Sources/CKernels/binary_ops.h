// The binary operations on floating-point numbers x and y of type T, with parameters p and q of
// type T.
#define BINARY_FLOATING(X) \
    X(ADD, x + y) \
    X(SUB, x - y) \
    X(MUL, x *y) \
    X(DIV, x / y) \
    X(TRUNC_DIV, FN(trunc)(x / y)) \
    X(POW, FN(pow)(x, y)) \
    X(PRELU, x > 0 ? x : x * y) \
    X(MAXIMUM, x > y || x != x ? x : y) \
    X(MINIMUM, x < y || x != x ? x : y) \
    X(ATAN2, FN(atan2)(x, y)) \
    X(HYPOT, FN(hypot)(x, y)) \
    X(COPYSIGN, FN(copysign)(x, y)) \
    X(GAMMA_SLOPE, FN(gamma_slope)(x, y)) \
    X(ADD_RELU, x + y < 0 ? 0 : x + y)

// Those that follow from `rest`, which is fmod(x, y).
#define BINARY_DIVISIONS(X) \
    X(FLOOR_DIV, FN(floor_div)(x, y, rest)) \
    X(REMAINDER, FN(modulo)(y, rest)) \
    X(FMOD, rest)

#define BINARY_COMPARISONS(X) \
    X(EQ, x == y) \
    X(NE, x != y) \
    X(LT, x < y) \
    X(LE, x <= y) \
    X(GT, x > y) \
    X(GE, x >= y)

// x is the gradient of the output; y the output or the input, as the header says.
#define BINARY_GRADIENTS(X) \
    X(RELU_GRAD, y > 0 ? x : 0) \
    X(RELU6_GRAD, y > 0 && y < 6 ? x : 0) \
    X(LEAKY_RELU_GRAD, y > 0 ? x : x * p) \
    X(ELU_GRAD, y > 0 ? x : x * p * FN(exp)(y)) \
    X(CELU_GRAD, y > 0 ? x : x * FN(exp)(y / p)) \
    X(SHRINK_GRAD, y >= -p && y <= p ? 0 : x) \
    X(THRESHOLD_GRAD, y <= p ? 0 : x) \
    X(SELU_GRAD, x *(T)SELU_SCALE *(y > 0 ? 1 : (T)SELU_ALPHA * FN(exp)(y))) \
    X(GELU_GRAD, x *FN(gelu_grad)(y)) \
    X(GELU_TANH_GRAD, x *FN(gelu_tanh_grad)(y)) \
    X(SILU_GRAD, x *FN(silu_grad)(y)) \
    X(MISH_GRAD, x *FN(mish_grad)(y)) \
    X(HARDSIGMOID_GRAD, y > -3 && y < 3 ? x / 6 : 0) \
    X(HARDSWISH_GRAD, y <= -3 ? 0 : y < 3 ? x * (y / 3 + (T)0.5) : x) \
    X(HARDTANH_GRAD, y <= p || y >= q ? 0 : x) \
    X(SIGMOID_GRAD, x *y *(1 - y)) \
    X(TANH_GRAD, x *(1 - y * y)) \
    X(LOGSIGMOID_GRAD, x / (1 + FN(exp)(y))) \
    X(SOFTPLUS_GRAD, y *p > q ? x : x * FN(sigmoid)(y * p))
