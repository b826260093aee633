// Unary kernels for the integer types and bool. Overflow wraps.
#include "elementwise.h"

// The bounds of a clamp, which may be infinite.
INLINE int64_t bound(double x) {
    int64_t result;
    mt_cast(MT_INT64, &result, MT_FLOAT64, &x, 1);
    return result;
}

#define WRAPPED(T, U, expression) ((T)(U)(expression))

#define INTEGER_KERNELS(T, U, LEAST, MOST) \
    UNARY_KERNEL(neg_##T, T, T, T, AS_IS, AS_IS, WRAPPED(T, U, 0 - (U)x)) \
    UNARY_KERNEL(abs_##T, T, T, T, AS_IS, AS_IS, x < 0 ? WRAPPED(T, U, 0 - (U)x) : x) \
    UNARY_KERNEL(sign_##T, T, T, T, AS_IS, AS_IS, (T)((x > 0) - (x < 0))) \
    UNARY_KERNEL(square_##T, T, T, T, AS_IS, AS_IS, WRAPPED(T, U, (U)x *(U)x)) \
    UNARY_KERNEL(relu_##T, T, T, T, AS_IS, AS_IS, x < 0 ? 0 : x) \
    UNARY_KERNEL(not_##T, T, T, uint8_t, AS_IS, AS_IS, x == 0) \
    UNARY_KERNEL(no_##T, T, T, uint8_t, AS_IS, AS_IS, x != x) \
    UNARY_KERNEL(yes_##T, T, T, uint8_t, AS_IS, AS_IS, x == x) \
    HOT static void clamp_##T(const mt_tile *tile) { \
        const int64_t p = bound(tile->p), q = bound(tile->q), count = tile->count; \
        T least = (T)(p < LEAST ? LEAST : p > MOST ? MOST : p); \
        T most = (T)(q < LEAST ? LEAST : q > MOST ? MOST : q); \
        for (int64_t row = 0; row < tile->rows; row++) { \
            T *dst = (T *)tile->dst + row * tile->dst_row; \
            const T *in = (const T *)tile->in[0] + row * tile->in_row[0]; \
            VECTOR for (int64_t i = 0; i < count; i++) { \
                T raised = in[i] < least ? least : in[i]; \
                dst[i] = raised > most ? most : raised; \
            } \
        } \
    } \
    static mt_tile_kernel find_##T(mt_unary_op op) { \
        switch (op) { \
        case MT_NEG: return neg_##T; \
        case MT_ABS: return abs_##T; \
        case MT_SIGN: return sign_##T; \
        case MT_SQUARE: return square_##T; \
        case MT_RELU: return relu_##T; \
        case MT_CLAMP: return clamp_##T; \
        case MT_LOGICAL_NOT: return not_##T; \
        case MT_ISNAN: \
        case MT_ISINF: return no_##T; \
        case MT_ISFINITE: return yes_##T; \
        default: return NULL; \
        } \
    }

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wtautological-compare"
INTEGER_KERNELS(int64_t, uint64_t, INT64_MIN, INT64_MAX)
INTEGER_KERNELS(int32_t, uint32_t, INT32_MIN, INT32_MAX)
INTEGER_KERNELS(uint8_t, uint8_t, 0, UINT8_MAX)
#pragma clang diagnostic pop

mt_tile_kernel mt_unary_integer(mt_unary_op op, mt_dtype type) {
    switch (type) {
    case MT_INT64: return find_int64_t(op);
    case MT_INT32: return find_int32_t(op);
    default: return find_uint8_t(op); // bool, too: one byte, 0 or 1
    }
}
