// Cumulative sums, products and extremes. Floating types add up in double, one or many columns at a
// time.
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

#define DOWN(T, WIDE, NAME, START, COMBINED) \
    HOT static void NAME##_##T(int64_t count, int64_t inner, int64_t columns, const T *src, \
                               T *dst) { \
        WIDE total[COLUMNS]; \
        for (int64_t j = 0; j < columns; j++) total[j] = START; \
        for (int64_t i = 0; i < count; i++, src += inner, dst += inner) { \
            VECTOR for (int64_t j = 0; j < columns; j++) { \
                total[j] = total[j] COMBINED(WIDE) src[j]; \
                dst[j] = (T)total[j]; \
            } \
        } \
    }
DOWN(float, double, sums, 0, +)
DOWN(float, double, products, 1, *)
DOWN(double, double, sums, 0, +)
DOWN(double, double, products, 1, *)
DOWN(int64_t, uint64_t, sums, 0, +)
DOWN(int64_t, uint64_t, products, 1, *)

// Many columns of the common types.
static void down_range(int64_t begin, int64_t end, void *context) {
    const cumulation *c = context;
    for (int64_t unit = begin; unit < end; unit++) {
        int64_t first = unit % c->blocks * COLUMNS, columns = min64(COLUMNS, c->inner - first),
                at = (unit / c->blocks * c->count * c->inner + first) * item_size(c->type);
        const void *src = c->src + at;
        void *dst = c->dst + at;
        switch (c->type) {
        case MT_FLOAT32:
            (c->product ? products_float : sums_float)(c->count, c->inner, columns, src, dst);
            break;
        case MT_FLOAT64:
            (c->product ? products_double : sums_double)(c->count, c->inner, columns, src, dst);
            break;
        default:
            (c->product ? products_int64_t : sums_int64_t)(c->count, c->inner, columns, src, dst);
            break;
        }
    }
}

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
    mt_parallel(outer * c.blocks, row_grain(count * min64(inner, COLUMNS)),
                common ? down_range : cumulate_range, &c);
}

// ---- Extremes

typedef struct {
    bool greatest;
    int64_t count, inner, blocks;
    const void *src;
    void *values;
    int64_t *places;
} extremes;

// Each place has the one before it, or its own element: where that is not less (or not greater), or
// NaN.
#define WINS(LOAD, COMPARED, a, b) (LOAD(a) COMPARED LOAD(b) || LOAD(a) != LOAD(a))
#define EXTREMES(T, LOAD, NAME, COMPARED) \
    static void NAME##_line(const extremes *x, int64_t begin) { \
        const T *src = (const T *)x->src + begin; \
        T *values = (T *)x->values + begin; \
        int64_t *places = x->places + begin; \
        for (int64_t i = 0, place = 0; i < x->count; place = i) { \
            const T best = src[i]; \
            do { \
                values[i] = best; \
                places[i] = place; \
                i++; \
            } while (i < x->count && !WINS(LOAD, COMPARED, src[i], best)); \
        } \
    } \
    HOT static void NAME##_columns(const extremes *x, int64_t begin, int64_t columns) { \
        const T *own = (const T *)x->src + begin; \
        T *values = (T *)x->values + begin; \
        int64_t *places = x->places + begin; \
        for (int64_t j = 0; j < columns; j++) { \
            values[j] = own[j]; \
            places[j] = 0; \
        } \
        for (int64_t i = 1; i < x->count; i++) { \
            const T *before = values; \
            const int64_t *from = places; \
            own += x->inner; \
            values += x->inner; \
            places += x->inner; \
            VECTOR for (int64_t j = 0; j < columns; j++) { \
                bool won = WINS(LOAD, COMPARED, own[j], before[j]); \
                values[j] = won ? own[j] : before[j]; \
                places[j] = won ? i : from[j]; \
            } \
        } \
    }
#define BOTH_EXTREMES(T, LOAD) \
    EXTREMES(T, LOAD, greatest_##T, >=) \
    EXTREMES(T, LOAD, least_##T, <=) \
    static void extremes_##T(int64_t begin, int64_t end, void *context) { \
        const extremes *x = context; \
        for (int64_t unit = begin; unit < end; unit++) { \
            int64_t first = unit % x->blocks * COLUMNS, \
                    start = unit / x->blocks * x->count * x->inner + first, \
                    columns = min64(COLUMNS, x->inner - first); \
            if (x->inner == 1) { \
                (x->greatest ? greatest_##T##_line : least_##T##_line)(x, start); \
            } else { \
                (x->greatest ? greatest_##T##_columns : least_##T##_columns)(x, start, columns); \
            } \
        } \
    }
BOTH_EXTREMES(float, )
BOTH_EXTREMES(double, )
BOTH_EXTREMES(float16, )
BOTH_EXTREMES(bfloat16, bfloat16_to_float)
BOTH_EXTREMES(int64_t, )
BOTH_EXTREMES(int32_t, )
BOTH_EXTREMES(uint8_t, )

void mt_cumulative_extremes(mt_dtype type, int64_t outer, int64_t count, int64_t inner,
                            bool greatest, const void *src, void *values, int64_t *places) {
    if (count == 0) return;
    static const mt_body bodies[] = {
        [MT_FLOAT32] = extremes_float,   [MT_FLOAT64] = extremes_double,
        [MT_FLOAT16] = extremes_float16, [MT_BFLOAT16] = extremes_bfloat16,
        [MT_INT64] = extremes_int64_t,   [MT_INT32] = extremes_int32_t,
        [MT_UINT8] = extremes_uint8_t,   [MT_BOOL] = extremes_uint8_t,
    };
    extremes x = {greatest, count, inner, div_up(inner, COLUMNS), src, values, places};
    mt_parallel(outer * x.blocks, row_grain(count * min64(inner, COLUMNS)), bodies[type], &x);
}
