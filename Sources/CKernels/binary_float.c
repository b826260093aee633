// Binary kernels for float32, and those for bfloat16 that are worth having without the detour over
// float buffers.
#include "binary_ops.h"
#include "elementwise.h"
#include "floating_math.h"

// Operations that call libm are loops of calls.
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

#define CASE(op, expression) \
    case MT_##op: return binary_##op;

mt_tile_kernel mt_binary_float(mt_binary_op op) {
    switch (op) {
        BINARY_FLOATING(CASE)
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
