// Linear maps along one dimension, each output slice a weighted sum of a few input slices: borders,
// interpolation, and the gradients of both.
#include "internal.h"

// Conversions of float16 keep some loops from being vectorised.
#pragma clang diagnostic ignored "-Wpass-failed"

enum { BLOCK = 256 }; // elements that are summed at once

typedef struct {
    int64_t count, inner, n;
    const int64_t *starts, *indices;
    const double *weights;
    const char *src;
    char *dst;
} resampling;

INLINE int64_t load_int64_t(int64_t x) { return x; }
INLINE int64_t store_int64_t(int64_t x) { return x; }
INLINE int32_t load_int32_t(int32_t x) { return x; }
INLINE int32_t store_int32_t(int32_t x) { return x; }
INLINE uint8_t load_uint8_t(uint8_t x) { return x; }
INLINE uint8_t store_uint8_t(uint8_t x) { return x; }

// How many of up to `limit` output slices from `i` on are copies of slices that lie one after
// another.
INLINE int64_t copies(const resampling *r, int64_t i, int64_t limit) {
    const int64_t first = r->starts[i];
    int64_t run = 0;
    while (run < limit && r->starts[i + run + 1] == first + run + 1 &&
           r->weights[first + run] == 1 && r->indices[first + run] == r->indices[first] + run) {
        run++;
    }
    return run;
}

// Output slices begin ..< end of type S, summed as T.
#define RESAMPLE(S, T) \
    INLINE void mix_##S(const resampling *r, int64_t first, int64_t last, const S *src, S *dst) { \
        T sum[BLOCK]; \
        for (int64_t at = 0; at < r->inner; at += BLOCK) { \
            const int64_t size = min64(BLOCK, r->inner - at); \
            VECTOR for (int64_t k = 0; k < size; k++) sum[k] = 0; \
            for (int64_t t = first; t < last; t++) { \
                const S *from = src + r->indices[t] * r->inner + at; \
                const T weight = (T)r->weights[t]; \
                VECTOR for (int64_t k = 0; k < size; k++) sum[k] += weight * load_##S(from[k]); \
            } \
            VECTOR for (int64_t k = 0; k < size; k++) dst[at + k] = store_##S(sum[k]); \
        } \
    } \
    INLINE T one_##S(const resampling *r, int64_t first, int64_t last, const S *src) { \
        if (last - first == 1) return (T)r->weights[first] * load_##S(src[r->indices[first]]); \
        T total = 0; \
        for (int64_t t = first; t < last; t++) \
            total += (T)r->weights[t] * load_##S(src[r->indices[t]]); \
        return total; \
    } \
    HOT static void resample_##S(int64_t begin, int64_t end, void *context) { \
        const resampling *r = context; \
        const int64_t inner = r->inner; \
        int64_t i = begin % r->n; \
        const S *src = (const S *)r->src + begin / r->n * r->count * inner; \
        S *dst = (S *)r->dst + begin * inner; \
        for (int64_t unit = begin; unit < end;) { \
            const int64_t first = r->starts[i], last = r->starts[i + 1]; \
            int64_t done = copies(r, i, min64(r->n - i, end - unit)); \
            if (done > 0 && done * inner >= 4) { \
                memcpy(dst, src + r->indices[first] * inner, (size_t)(done * inner) * sizeof(S)); \
            } else { \
                done = 1; \
                if (inner == 1) { \
                    *dst = store_##S(one_##S(r, first, last, src)); \
                } else { \
                    mix_##S(r, first, last, src, dst); \
                } \
            } \
            unit += done; \
            dst += done * inner; \
            i += done; \
            if (i == r->n) { \
                i = 0; \
                src += r->count * inner; \
            } \
        } \
    }
RESAMPLE(float, float)
RESAMPLE(double, double)
RESAMPLE(float16, float)
RESAMPLE(bfloat16, float)
RESAMPLE(int64_t, int64_t)
RESAMPLE(int32_t, int32_t)
RESAMPLE(uint8_t, uint8_t)

static mt_body resample_body(mt_dtype type) {
    switch (type) {
    case MT_FLOAT32: return resample_float;
    case MT_FLOAT64: return resample_double;
    case MT_FLOAT16: return resample_float16;
    case MT_BFLOAT16: return resample_bfloat16;
    case MT_INT64: return resample_int64_t;
    case MT_INT32: return resample_int32_t;
    default: return resample_uint8_t;
    }
}

void mt_resample(mt_dtype type, int64_t outer, int64_t count, int64_t inner, int64_t n,
                 const int64_t *starts, const int64_t *indices, const double *weights,
                 const void *src, void *dst) {
    if (outer * n * inner == 0) return;
    resampling r = {.count = count,
                    .inner = inner,
                    .n = n,
                    .starts = starts,
                    .indices = indices,
                    .weights = weights,
                    .src = src,
                    .dst = dst};
    int64_t taps = max64(1, starts[n] / n);
    mt_parallel(outer * n, row_grain(inner * taps), resample_body(type), &r);
}
