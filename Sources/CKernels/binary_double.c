// Binary kernels for float64.
#include "binary_ops.h"
#include "elementwise.h"
#include "floating_math.h"

// Operations that call libm are loops of calls.
#pragma clang diagnostic ignored "-Wpass-failed"

#define FN(name) name##_double
#define T double
#define KERNEL(op, expression) \
    BINARY_KERNEL(binary_##op, double, double, double, AS_IS, AS_IS, expression)
#define TEST(op, expression) \
    BINARY_KERNEL(binary_##op, double, double, uint8_t, AS_IS, AS_IS, expression)
BINARY_FLOATING(KERNEL)
BINARY_COMPARISONS(TEST)
BINARY_GRADIENTS(KERNEL)

#define rest fmod(x, y)
BINARY_DIVISIONS(KERNEL)

#define CASE(op, expression) \
    case MT_##op: return binary_##op;

mt_tile_kernel mt_binary_double(mt_binary_op op) {
    switch (op) {
        BINARY_FLOATING(CASE)
        BINARY_DIVISIONS(CASE)
        BINARY_COMPARISONS(CASE)
        BINARY_GRADIENTS(CASE)
    default: return NULL; // bitwise operations
    }
}
