// Binary kernels for float32, and those for bfloat16 that are worth having without the detour over
// float buffers.
#include "binary_ops.h"
#include "elementwise.h"
#include "floating_math.h"

// Gamma's slope is a loop of calls.
#pragma clang diagnostic ignored "-Wpass-failed"

#define FN(name) name##_float
#define T float
#define KERNEL(op, expression) \
    BINARY_KERNEL(binary_##op, float, float, float, AS_IS, AS_IS, expression)
#define TEST(op, expression) \
    BINARY_KERNEL(binary_##op, float, float, uint8_t, AS_IS, AS_IS, expression)
BINARY_FLOATING(KERNEL)
BINARY_COMPARISONS(TEST)
BINARY_GRADIENTS(KERNEL)

INLINE bool all_exact(const float *x, const float *y, int64_t count) {
    int beyond = 0;
    VECTOR for (int64_t i = 0; i < count; i++) beyond |= !fmod_is_exact(x[i], y[i]);
    return beyond == 0;
}

#define DIVISION(op, expression) \
    HOT static void binary_##op(const mt_tile *tile) { \
        for (int64_t row = 0; row < tile->rows; row++) { \
            float *dst = (float *)tile->dst + row * tile->dst_row; \
            const float *a = (const float *)tile->in[0] + row * tile->in_row[0]; \
            const float *b = (const float *)tile->in[1] + row * tile->in_row[1]; \
            for (int64_t begin = 0; begin < tile->count; begin += 256) { \
                int64_t end = min64(begin + 256, tile->count); \
                if (all_exact(a + begin, b + begin, end - begin)) { \
                    VECTOR for (int64_t i = begin; i < end; i++) { \
                        const float x = a[i], y = b[i], rest = vec_fmod(x, y); \
                        dst[i] = expression; \
                    } \
                } else { \
                    for (int64_t i = begin; i < end; i++) { \
                        const float x = a[i], y = b[i], rest = fmodf(x, y); \
                        dst[i] = expression; \
                    } \
                } \
            } \
        } \
    }
BINARY_DIVISIONS(DIVISION)

#define CASE(op, expression) \
    case MT_##op: return binary_##op;

mt_tile_kernel mt_binary_float(mt_binary_op op) {
    switch (op) {
        BINARY_FLOATING(CASE)
        BINARY_DIVISIONS(CASE)
        BINARY_COMPARISONS(CASE)
        BINARY_GRADIENTS(CASE)
    default: return NULL; // bitwise operations
    }
}

#define DIRECT_BFLOAT16(X) \
    X(ADD, x + y) \
    X(SUB, x - y) \
    X(MUL, x *y) \
    X(DIV, x / y) \
    X(ADD_RELU, x + y < 0 ? 0 : x + y) \
    X(RELU_GRAD, y > 0 ? x : 0) \
    X(GELU_GRAD, x *FN(gelu_grad)(y)) \
    X(SILU_GRAD, x *FN(silu_grad)(y))
#define BFLOAT16_KERNEL(op, expression) \
    BINARY_KERNEL(bfloat16_##op, bfloat16, float, bfloat16, bfloat16_to_float, \
                  bfloat16_from_float, expression)
DIRECT_BFLOAT16(BFLOAT16_KERNEL)

#define BFLOAT16_CASE(op, expression) \
    case MT_##op: return bfloat16_##op;

mt_tile_kernel mt_binary_bfloat16(mt_binary_op op) {
    switch (op) {
        DIRECT_BFLOAT16(BFLOAT16_CASE)
    default: return NULL;
    }
}
