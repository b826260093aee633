// Cumulative sums and products. Floating types accumulate in double, one or many columns at a time.
#include "internal.h"

enum { COLUMNS = 256 };

typedef struct {
    mt_dtype type;
    bool product;
    int64_t count, inner, blocks;
    const char *src;
    char *dst;
} cumulation;

static void cumulate_range(int64_t begin, int64_t end, void *context) {
    const cumulation *c = context;
    int64_t size = item_size(c->type);
    bool real = c->type == MT_FLOAT32 || c->type == MT_FLOAT64 || c->type == MT_FLOAT16 ||
                c->type == MT_BFLOAT16;
    mt_dtype wide = real ? MT_FLOAT64 : MT_INT64;
    union {
        double real[COLUMNS];
        uint64_t whole[COLUMNS];
    } total, value;
    for (int64_t unit = begin; unit < end; unit++) {
        int64_t outer = unit / c->blocks, first = unit % c->blocks * COLUMNS,
                columns = min64(COLUMNS, c->inner - first);
        for (int64_t j = 0; j < columns; j++) {
            if (real) {
                total.real[j] = c->product ? 1 : 0;
            } else {
                total.whole[j] = c->product ? 1 : 0;
            }
        }
        for (int64_t i = 0; i < c->count; i++) {
            int64_t at = ((outer * c->count + i) * c->inner + first) * size;
            mt_cast(wide, &value, c->type, c->src + at, columns);
            for (int64_t j = 0; j < columns; j++) {
                if (real) {
                    total.real[j] =
                        c->product ? total.real[j] * value.real[j] : total.real[j] + value.real[j];
                } else {
                    total.whole[j] = c->product ? total.whole[j] * value.whole[j]
                                                : total.whole[j] + value.whole[j];
                }
            }
            mt_cast(c->type, c->dst + at, wide, &total, columns);
        }
    }
}

#define ALONG(T, WIDE) \
    static void along_##T(int64_t count, bool product, const T *src, T *dst) { \
        WIDE total = product ? 1 : 0; \
        for (int64_t i = 0; i < count; i++) { \
            total = product ? total * (WIDE)src[i] : total + (WIDE)src[i]; \
            dst[i] = (T)total; \
        } \
    }
ALONG(float, double)
ALONG(double, double)
ALONG(int64_t, uint64_t)

// inner = 1 for the common types.
static void along_range(int64_t begin, int64_t end, void *context) {
    const cumulation *c = context;
    for (int64_t row = begin; row < end; row++) {
        int64_t at = row * c->count * item_size(c->type);
        switch (c->type) {
        case MT_FLOAT32:
            along_float(c->count, c->product, (const float *)(c->src + at), (float *)(c->dst + at));
            break;
        case MT_FLOAT64:
            along_double(c->count, c->product, (const double *)(c->src + at),
                         (double *)(c->dst + at));
            break;
        default:
            along_int64_t(c->count, c->product, (const int64_t *)(c->src + at),
                          (int64_t *)(c->dst + at));
            break;
        }
    }
}

void mt_cumulative(mt_reduce_op op, mt_dtype type, int64_t outer, int64_t count, int64_t inner,
                   const void *src, void *dst) {
    cumulation c = {.type = type,
                    .product = op == MT_PROD,
                    .count = count,
                    .inner = inner,
                    .src = src,
                    .dst = dst};
    bool common = type == MT_FLOAT32 || type == MT_FLOAT64 || type == MT_INT64;
    if (inner == 1 && common) {
        mt_parallel(outer, row_grain(count), along_range, &c);
        return;
    }
    c.blocks = div_up(inner, COLUMNS);
    mt_parallel(outer * c.blocks, row_grain(count * min64(inner, COLUMNS)), cumulate_range, &c);
}
