// Unary kernels for float32, and those for bfloat16 that are worth having without the detour over
// float buffers.
#include "elementwise.h"
#include "floating_math.h"
#include "unary_ops.h"

// Digamma, trigamma and the inverse of erf are loops of calls.
#pragma clang diagnostic ignored "-Wpass-failed"

#define FN(name) name##_float
#define T float
#define KERNEL(op, expression) \
    UNARY_KERNEL(unary_##op, float, float, float, AS_IS, AS_IS, expression)
#define TEST(op, expression) \
    UNARY_KERNEL(unary_##op, float, float, uint8_t, AS_IS, AS_IS, expression)
UNARY_FLOATING(KERNEL)
UNARY_TESTS(TEST)

// Whether all of a block is within reach of the fast reduction; NaN and infinities are not.
INLINE bool all_moderate(const float *x, int64_t count) {
    int beyond = 0;
    VECTOR for (int64_t i = 0; i < count; i++) beyond |= !(__builtin_fabsf(x[i]) <= VEC_SIN_LIMIT);
    return beyond == 0;
}

// Blocks of which `all` holds take the first way, the others the second.
#define TWO_WAYS(op, all, fast, otherwise) \
    HOT static void unary_##op(const mt_tile *tile) { \
        for (int64_t row = 0; row < tile->rows; row++) { \
            float *dst = (float *)tile->dst + row * tile->dst_row; \
            const float *in = (const float *)tile->in[0] + row * tile->in_row[0]; \
            for (int64_t begin = 0; begin < tile->count; begin += 256) { \
                int64_t end = min64(begin + 256, tile->count); \
                if (all(in + begin, end - begin)) { \
                    VECTOR for (int64_t i = begin; i < end; i++) { \
                        const float x = in[i]; \
                        dst[i] = fast; \
                    } \
                } else { \
                    VECTOR for (int64_t i = begin; i < end; i++) { \
                        const float x = in[i]; \
                        dst[i] = otherwise; \
                    } \
                } \
            } \
        } \
    }
TWO_WAYS(SIN, all_moderate, vec_sin(x), sinf(x))
TWO_WAYS(COS, all_moderate, vec_cos(x), cosf(x))
TWO_WAYS(TAN, all_moderate, vec_tan(x), tanf(x))

INLINE bool all_from_half(const float *x, int64_t count) {
    int left = 0;
    VECTOR for (int64_t i = 0; i < count; i++) left |= !(x[i] >= 0.5f);
    return left == 0;
}
TWO_WAYS(LGAMMA, all_from_half, vec_lgamma(x, false), vec_lgamma(x, true))

#define CASE(op, expression) \
    case MT_##op: return unary_##op;

mt_tile_kernel mt_unary_float(mt_unary_op op) {
    switch (op) {
        UNARY_FLOATING(CASE)
        UNARY_TESTS(CASE)
        CASE(SIN, )
        CASE(COS, )
        CASE(TAN, )
        CASE(LGAMMA, )
    }
    return NULL;
}

#define DIRECT_BFLOAT16(X) \
    X(RELU, x < 0 ? 0 : x) \
    X(RELU6, FN(clamp)(x, 0, 6)) \
    X(LEAKY_RELU, x > 0 ? x : x * p) \
    X(SIGMOID, FN(sigmoid)(x)) \
    X(GELU, FN(gelu)(x)) \
    X(SILU, x / (1 + FN(exp)(-x)))
#define BFLOAT16_KERNEL(op, expression) \
    UNARY_KERNEL(bfloat16_##op, bfloat16, float, bfloat16, bfloat16_to_float, bfloat16_from_float, \
                 expression)
DIRECT_BFLOAT16(BFLOAT16_KERNEL)

#define BFLOAT16_CASE(op, expression) \
    case MT_##op: return bfloat16_##op;

mt_tile_kernel mt_unary_bfloat16(mt_unary_op op) {
    switch (op) {
        DIRECT_BFLOAT16(BFLOAT16_CASE)
    default: return NULL;
    }
}
