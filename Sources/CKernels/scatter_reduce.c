// Products and extremes of the elements that indices bring together.
#include "internal.h"

// For integers a != a is always false.
#pragma clang diagnostic ignored "-Wtautological-compare"

typedef struct {
    mt_reduce_op op;
    mt_dtype type;
    int64_t count, inner, n;
    const int64_t *indices;
    const char *src;
    char *dst;
} reducing;

// One outer block is one unit, so that what meets is combined in order. NaN wins.
#define REDUCE(NAME, T, W, WIDE, NARROW, PRODUCT) \
    static void reduce_##NAME(const reducing *x, int64_t block) { \
        T *dst = (T *)x->dst + block * x->count * x->inner; \
        const T *src = (const T *)x->src + block * x->n * x->inner; \
        const int64_t *indices = x->indices + block * x->n * x->inner; \
        for (int64_t i = 0; i < x->n; i++) { \
            for (int64_t j = 0; j < x->inner; j++) { \
                T *to = &dst[indices[i * x->inner + j] * x->inner + j]; \
                const W a = WIDE(*to), b = WIDE(src[i * x->inner + j]); \
                const W result = x->op == MT_PROD  ? (W)(PRODUCT) \
                                 : x->op == MT_MAX ? (a > b || a != a ? a : b) \
                                                   : (a < b || a != a ? a : b); \
                *to = NARROW(result); \
            } \
        } \
    }
#define SAME(x) (x)
REDUCE(float32, float, float, SAME, SAME, a *b)
REDUCE(float64, double, double, SAME, SAME, a *b)
REDUCE(float16, float16, float, SAME, (float16), a *b)
REDUCE(bfloat16, bfloat16, float, bfloat16_to_float, bfloat16_from_float, a *b)
REDUCE(int64, int64_t, int64_t, SAME, SAME, (uint64_t)a *(uint64_t)b)
REDUCE(int32, int32_t, int32_t, SAME, SAME, (uint32_t)a *(uint32_t)b)
REDUCE(uint8, uint8_t, uint8_t, SAME, SAME, a *b)

static void reduce_range(int64_t begin, int64_t end, void *context) {
    const reducing *x = context;
    for (int64_t block = begin; block < end; block++) {
        switch (x->type) {
        case MT_FLOAT32: reduce_float32(x, block); break;
        case MT_FLOAT64: reduce_float64(x, block); break;
        case MT_FLOAT16: reduce_float16(x, block); break;
        case MT_BFLOAT16: reduce_bfloat16(x, block); break;
        case MT_INT64: reduce_int64(x, block); break;
        case MT_INT32: reduce_int32(x, block); break;
        default: reduce_uint8(x, block); break; // bool, too: one byte, 0 or 1
        }
    }
}

void mt_scatter_reduce(mt_reduce_op op, mt_dtype type, int64_t outer, int64_t count, int64_t inner,
                       int64_t n, const int64_t *indices, const void *src, void *dst) {
    reducing x = {.op = op,
                  .type = type,
                  .count = count,
                  .inner = inner,
                  .n = n,
                  .indices = indices,
                  .src = src,
                  .dst = dst};
    mt_parallel(outer, row_grain(n * inner), reduce_range, &x);
}
