// Norms and linear combinations over many blocks at once.
#include "chunks.h"
#include <math.h>

typedef struct {
    chunks chunks;
    mt_dtype type;
    const int64_t *sizes;
    const void *const *blocks;
    double power, factor, *sums;
} job;

// ---- Gradient norms

enum { BLOCK_SIZE = 1024 };

// The sum of two parts of a norm's sum; their maximum, NaN if either is, where the power is
// infinite.
INLINE double joined(double power, double a, double b) {
    if (!isinf(power)) return a + b;
    return b > a || b != b ? b : a;
}

// Sums of squares and greatest sizes are what most norms need, and vectorise; other powers are
// rare. BITS is the unsigned integer of the type's size: those of sizes have the order of the
// sizes, and a NaN comes last.
#define NORM(T, BITS) \
    HOT static double squares_##T(int64_t count, const T *x) { \
        REASSOCIATE \
        double total = 0; \
        for (int64_t begin = 0; begin < count; begin += BLOCK_SIZE) { \
            /* Squares of large floats overflow, so they are taken in double. */ \
            int64_t end = min64(begin + BLOCK_SIZE, count); \
            double sum = 0; \
            for (int64_t i = begin; i < end; i++) sum += (double)x[i] * (double)x[i]; \
            total += sum; \
        } \
        return total; \
    } \
    HOT static double greatest_##T(int64_t count, const T *x) { \
        BITS greatest = 0; \
        for (int64_t i = 0; i < count; i++) { \
            BITS bits; \
            memcpy(&bits, &x[i], sizeof(bits)); \
            bits = bits << 1 >> 1; /* without the sign */ \
            greatest = bits > greatest ? bits : greatest; \
        } \
        T result; \
        memcpy(&result, &greatest, sizeof(result)); \
        return (double)result; \
    } \
    static double powers_##T(double power, int64_t count, const T *x) { \
        if (power == 2) return squares_##T(count, x); \
        if (isinf(power)) return greatest_##T(count, x); \
        double total = 0; \
        for (int64_t i = 0; i < count; i++) { \
            double size = fabs((double)x[i]); \
            total += power == 1 ? size : pow(size, power); \
        } \
        return total; \
    }
NORM(float, uint32_t)
NORM(double, uint64_t)

static void norm_chunks(int64_t begin, int64_t end, void *context) {
    const job *j = context;
    for (int64_t unit = begin; unit < end; unit++) {
        piece p = find_piece(&j->chunks, unit, j->sizes, sizeof(int64_t));
        int64_t count = p.end - p.begin;
        const void *block = j->blocks[p.block];
        j->sums[unit] = j->type == MT_FLOAT64
                            ? powers_double(j->power, count, (const double *)block + p.begin)
                            : powers_float(j->power, count, (const float *)block + p.begin);
    }
}

double mt_norm_sum(mt_dtype type, double power, int64_t count, const int64_t *sizes,
                   const void *const *blocks) {
    if (count == 0) return 0;
    job j = {.type = type, .power = power, .sizes = sizes, .blocks = blocks};
    j.chunks = make_chunks(count, sizes, sizeof(int64_t));
    int64_t units = j.chunks.first[count];
    size_t bytes = (size_t)max64(1, units) * sizeof(double);
    j.sums = mt_scratch(bytes);
    mt_parallel(units, 2, norm_chunks, &j);
    double total = 0;
    for (int64_t i = 0; i < units; i++) total = joined(power, total, j.sums[i]);
    mt_deallocate(j.sums, bytes);
    free_chunks(&j.chunks);
    return total;
}

// ---- Scale, axpy

#define LINEAR(S, T) \
    HOT static void scale_##S(int64_t count, S *x, T factor) { \
        VECTOR for (int64_t i = 0; i < count; i++) x[i] = store_##S(load_##S(x[i]) * factor); \
    } \
    HOT static void axpy_##S(int64_t count, T alpha, const S *x, S *y) { \
        VECTOR for (int64_t i = 0; i < count; i++) y[i] = \
            store_##S(load_##S(y[i]) + alpha * load_##S(x[i])); \
    }
LINEAR(float, float)
LINEAR(double, double)
LINEAR(float16, float)
LINEAR(bfloat16, float)

static void scale_chunks(int64_t begin, int64_t end, void *context) {
    const job *j = context;
    for (int64_t unit = begin; unit < end; unit++) {
        piece p = find_piece(&j->chunks, unit, j->sizes, sizeof(int64_t));
        void *block = (char *)j->blocks[p.block] + p.begin * item_size(j->type);
        int64_t count = p.end - p.begin;
        switch (j->type) {
        case MT_FLOAT64: scale_double(count, block, j->factor); break;
        case MT_FLOAT16: scale_float16(count, block, (float)j->factor); break;
        case MT_BFLOAT16: scale_bfloat16(count, block, (float)j->factor); break;
        default: scale_float(count, block, (float)j->factor); break;
        }
    }
}

void mt_scale(mt_dtype type, int64_t count, const int64_t *sizes, void *const *blocks,
              double factor) {
    if (count == 0) return;
    job j = {.type = type, .sizes = sizes, .blocks = (const void *const *)blocks, .factor = factor};
    j.chunks = make_chunks(count, sizes, sizeof(int64_t));
    mt_parallel(j.chunks.first[count], 2, scale_chunks, &j);
    free_chunks(&j.chunks);
}

typedef struct {
    mt_dtype type;
    double alpha;
    const char *src;
    char *dst;
} axpy;

static void axpy_range(int64_t begin, int64_t end, void *context) {
    const axpy *a = context;
    const void *x = a->src + begin * item_size(a->type);
    void *y = a->dst + begin * item_size(a->type);
    int64_t count = end - begin;
    switch (a->type) {
    case MT_FLOAT64: axpy_double(count, a->alpha, x, y); break;
    case MT_FLOAT16: axpy_float16(count, (float)a->alpha, x, y); break;
    case MT_BFLOAT16: axpy_bfloat16(count, (float)a->alpha, x, y); break;
    default: axpy_float(count, (float)a->alpha, x, y); break;
    }
}

void mt_axpy(mt_dtype type, int64_t count, double alpha, const void *src, void *dst) {
    axpy a = {type, alpha, src, dst};
    mt_parallel(count, MT_GRAIN, axpy_range, &a);
}
