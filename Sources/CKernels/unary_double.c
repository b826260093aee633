// Unary kernels for float64.
#include "elementwise.h"
#include "floating_math.h"
#include "unary_ops.h"

// Operations that call libm are loops of calls.
#pragma clang diagnostic ignored "-Wpass-failed"

#define FN(name) name##_double
#define T double
#define KERNEL(op, expression) \
    UNARY_KERNEL(unary_##op, double, double, double, AS_IS, AS_IS, expression)
#define TEST(op, expression) \
    UNARY_KERNEL(unary_##op, double, double, uint8_t, AS_IS, AS_IS, expression)
UNARY_FLOATING(KERNEL)
UNARY_TESTS(TEST)
KERNEL(SIN, sin(x))
KERNEL(COS, cos(x))
KERNEL(TAN, tan(x))
KERNEL(LGAMMA, mt_lgamma(x))

#define CASE(op, expression) \
    case MT_##op: return unary_##op;

mt_tile_kernel mt_unary_double(mt_unary_op op) {
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
