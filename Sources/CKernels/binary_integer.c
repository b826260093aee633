// Binary kernels for the integer types and bool. Overflow wraps; division by zero gives 0.
#include "binary_ops.h"
#include "elementwise.h"

// Divisions and powers are loops of scalar code.
#pragma clang diagnostic ignored "-Wpass-failed"

// Least / -1 overflows, so -1 divides apart.
#define DIVISIONS(T, U) \
    INLINE T trunc_div_##T(T x, T y) { \
        return y == 0 ? 0 : y == (T)-1 && (T)-1 < 0 ? (T)(0 - (U)x) : (T)(x / y); \
    } \
    INLINE T fmod_##T(T x, T y) { return y == 0 || (y == (T)-1 && (T)-1 < 0) ? 0 : (T)(x % y); } \
    INLINE T modulo_##T(T x, T y) { \
        T rest = fmod_##T(x, y); \
        return rest != 0 && (rest < 0) != (y < 0) ? (T)(rest + y) : rest; \
    } \
    INLINE T floor_div_##T(T x, T y) { \
        T whole = trunc_div_##T(x, y); \
        return fmod_##T(x, y) != 0 && (x < 0) != (y < 0) ? (T)(whole - 1) : whole; \
    } \
    INLINE T pow_##T(T x, T y) { \
        if (y < 0) return x == 1 ? 1 : x == (T)-1 ? ((y & 1) ? (T)-1 : 1) : 0; \
        U result = 1, base = (U)x; \
        for (; y > 0; y = (T)(y >> 1)) { \
            if (y & 1) result = (U)(result * base); \
            base = (U)(base * base); \
        } \
        return (T)result; \
    }

#define KERNEL(name, T, expression) BINARY_KERNEL(name##_##T, T, T, T, AS_IS, AS_IS, expression)
#define TEST(name, T, expression) BINARY_KERNEL(name##_##T, T, T, uint8_t, AS_IS, AS_IS, expression)

// What all integer types and bool share.
#define COMMON_KERNELS(T) \
    KERNEL(floor_divide, T, floor_div_##T(x, y)) \
    KERNEL(remainder, T, modulo_##T(x, y)) \
    KERNEL(truncate, T, trunc_div_##T(x, y)) \
    KERNEL(modulus, T, fmod_##T(x, y)) \
    KERNEL(maximum, T, x > y ? x : y) \
    KERNEL(minimum, T, x < y ? x : y) \
    KERNEL(and, T, x &y) \
    KERNEL(or, T, x | y) \
    KERNEL(xor, T, x ^ y) \
    KERNEL(relu_grad, T, y > 0 ? x : 0) \
    TEST(eq, T, x == y) \
    TEST(ne, T, x != y) \
    TEST(lt, T, x < y) \
    TEST(le, T, x <= y) \
    TEST(gt, T, x > y) \
    TEST(ge, T, x >= y)

#define ARITHMETIC_KERNELS(T, U) \
    KERNEL(add, T, (T)((U)x + (U)y)) \
    KERNEL(subtract, T, (T)((U)x - (U)y)) \
    KERNEL(multiply, T, (T)((U)x * (U)y)) \
    KERNEL(power, T, pow_##T(x, y)) \
    KERNEL(shift_left, T, (uint64_t)y < 8 * sizeof(T) ? (T)((U)x << y) : (T)0) \
    KERNEL(shift_right, T, (uint64_t)y < 8 * sizeof(T) ? (T)(x >> y) : (T)(x < 0 ? -1 : 0))

#define FIND_COMMON(T) \
    static mt_tile_kernel find_common_##T(mt_binary_op op) { \
        switch (op) { \
        case MT_FLOOR_DIV: return floor_divide_##T; \
        case MT_REMAINDER: return remainder_##T; \
        case MT_TRUNC_DIV: return truncate_##T; \
        case MT_FMOD: return modulus_##T; \
        case MT_MAXIMUM: return maximum_##T; \
        case MT_MINIMUM: return minimum_##T; \
        case MT_AND: return and_##T; \
        case MT_OR: return or_##T; \
        case MT_XOR: return xor_##T; \
        case MT_RELU_GRAD: return relu_grad_##T; \
        case MT_EQ: return eq_##T; \
        case MT_NE: return ne_##T; \
        case MT_LT: return lt_##T; \
        case MT_LE: return le_##T; \
        case MT_GT: return gt_##T; \
        case MT_GE: return ge_##T; \
        default: return NULL; \
        } \
    }

#define INTEGER(T, U) \
    DIVISIONS(T, U) \
    COMMON_KERNELS(T) \
    ARITHMETIC_KERNELS(T, U) \
    FIND_COMMON(T) \
    static mt_tile_kernel find_##T(mt_binary_op op) { \
        switch (op) { \
        case MT_ADD: return add_##T; \
        case MT_SUB: return subtract_##T; \
        case MT_MUL: return multiply_##T; \
        case MT_POW: return power_##T; \
        case MT_SHIFT_LEFT: return shift_left_##T; \
        case MT_SHIFT_RIGHT: return shift_right_##T; \
        default: return find_common_##T(op); \
        } \
    }

INTEGER(int64_t, uint64_t)
INTEGER(int32_t, uint32_t)
INTEGER(uint8_t, uint8_t)

// bool: addition is or, subtraction xor, multiplication and.
static mt_tile_kernel find_bool(mt_binary_op op) {
    switch (op) {
    case MT_ADD: return or_uint8_t;
    case MT_SUB: return xor_uint8_t;
    case MT_MUL: return and_uint8_t;
    case MT_POW: return NULL;
    default: return find_common_uint8_t(op);
    }
}

mt_tile_kernel mt_binary_integer(mt_binary_op op, mt_dtype type) {
    switch (type) {
    case MT_INT64: return find_int64_t(op);
    case MT_INT32: return find_int32_t(op);
    case MT_BOOL: return find_bool(op);
    default: return find_uint8_t(op);
    }
}
