// Gathering and scattering along one dimension by index.
#include "internal.h"

int64_t mt_first_out_of_range(int64_t count, const int64_t *indices, int64_t limit) {
    for (int64_t i = 0; i < count; i++) {
        if (indices[i] < 0 || indices[i] >= limit) return i;
    }
    return -1;
}

HOT static bool any_bad_class(int64_t count, const int64_t *target, int64_t classes,
                              int64_t ignore) {
    int64_t bad = 0;
    VECTOR for (int64_t i = 0; i < count; i++) bad |=
        (target[i] < 0 || target[i] >= classes) && target[i] != ignore;
    return bad != 0;
}

int64_t mt_first_bad_class(int64_t count, const int64_t *target, int64_t classes, int64_t ignore) {
    enum { BLOCK = 4096 };
    for (int64_t begin = 0; begin < count; begin += BLOCK) {
        int64_t size = min64(BLOCK, count - begin);
        if (!any_bad_class(size, target + begin, classes, ignore)) continue;
        for (int64_t i = begin;; i++) {
            if ((target[i] < 0 || target[i] >= classes) && target[i] != ignore) return i;
        }
    }
    return -1;
}

typedef struct {
    mt_dtype type;
    int64_t outer, count, inner, n, parts; // parts: how many each outer block is cut into
    const int64_t *indices;
    const char *src;
    char *dst;
} indexing;

// ---- Whole slices

static void select_range(int64_t begin, int64_t end, void *context) {
    const indexing *x = context;
    int64_t bytes = x->inner * item_size(x->type);
    for (int64_t unit = begin; unit < end; unit++) {
        int64_t from = unit / x->n * x->count + x->indices[unit % x->n];
        memcpy(x->dst + unit * bytes, x->src + from * bytes, (size_t)bytes);
    }
}

void mt_index_select(mt_dtype type, int64_t outer, int64_t count, int64_t inner, int64_t n,
                     const int64_t *indices, const void *src, void *dst) {
    indexing x = {.type = type,
                  .outer = outer,
                  .count = count,
                  .inner = inner,
                  .n = n,
                  .indices = indices,
                  .src = src,
                  .dst = dst};
    mt_parallel(outer * n, row_grain(inner), select_range, &x);
}

#define ADD_SLICE(S, SUM) \
    HOT static void add_##S(int64_t count, const S *src, S *dst) { \
        VECTOR for (int64_t i = 0; i < count; i++) { \
            const S a = dst[i], b = src[i]; \
            dst[i] = SUM; \
        } \
    }
ADD_SLICE(float, a + b)
ADD_SLICE(double, a + b)
ADD_SLICE(float16, a + b)
ADD_SLICE(bfloat16, bfloat16_from_float(bfloat16_to_float(a) + bfloat16_to_float(b)))
ADD_SLICE(int64_t, (int64_t)((uint64_t)a + (uint64_t)b))
ADD_SLICE(int32_t, (int32_t)((uint32_t)a + (uint32_t)b))
ADD_SLICE(uint8_t, (uint8_t)(a + b))

static void add_bool(int64_t count, const uint8_t *src, uint8_t *dst) {
    for (int64_t i = 0; i < count; i++) dst[i] |= src[i];
}

static void add_slice(mt_dtype type, int64_t count, const void *src, void *dst) {
    switch (type) {
    case MT_FLOAT32: add_float(count, src, dst); break;
    case MT_FLOAT64: add_double(count, src, dst); break;
    case MT_FLOAT16: add_float16(count, src, dst); break;
    case MT_BFLOAT16: add_bfloat16(count, src, dst); break;
    case MT_INT64: add_int64_t(count, src, dst); break;
    case MT_INT32: add_int32_t(count, src, dst); break;
    case MT_UINT8: add_uint8_t(count, src, dst); break;
    case MT_BOOL: add_bool(count, src, dst); break;
    }
}

// A unit owns a range of destination slices and takes the indices that fall into it, in order.
static void index_add_range(int64_t begin, int64_t end, void *context) {
    const indexing *x = context;
    int64_t bytes = x->inner * item_size(x->type), size = div_up(x->count, x->parts);
    for (int64_t unit = begin; unit < end; unit++) {
        int64_t outer = unit / x->parts, low = unit % x->parts * size,
                high = min64(low + size, x->count);
        for (int64_t i = 0; i < x->n; i++) {
            int64_t to = x->indices[i];
            if (to < low || to >= high) continue;
            add_slice(x->type, x->inner, x->src + (outer * x->n + i) * bytes,
                      x->dst + (outer * x->count + to) * bytes);
        }
    }
}

void mt_index_add(mt_dtype type, int64_t outer, int64_t count, int64_t inner, int64_t n,
                  const int64_t *indices, const void *src, void *dst) {
    indexing x = {.type = type,
                  .outer = outer,
                  .count = count,
                  .inner = inner,
                  .n = n,
                  .indices = indices,
                  .src = src,
                  .dst = dst};
    int64_t threads = mt_thread_count();
    bool large = outer * n * inner > MT_GRAIN;
    // Every part reads all indices, so there are no more of them than threads.
    x.parts = large && outer < threads ? min64(div_up(threads, outer), count) : 1;
    mt_parallel(outer * x.parts, large ? 1 : outer, index_add_range, &x);
}

// ---- Single elements

#define GATHER(T) \
    static void gather_##T(const indexing *x, int64_t row) { \
        const T *src = (const T *)x->src + row / x->n * x->count * x->inner; \
        T *dst = (T *)x->dst + row * x->inner; \
        const int64_t *indices = x->indices + row * x->inner; \
        for (int64_t j = 0; j < x->inner; j++) dst[j] = src[indices[j] * x->inner + j]; \
    }
GATHER(uint8_t)
GATHER(uint16_t)
GATHER(uint32_t)
GATHER(uint64_t)

static void gather_range(int64_t begin, int64_t end, void *context) {
    const indexing *x = context;
    for (int64_t row = begin; row < end; row++) {
        switch (item_size(x->type)) {
        case 1: gather_uint8_t(x, row); break;
        case 2: gather_uint16_t(x, row); break;
        case 4: gather_uint32_t(x, row); break;
        default: gather_uint64_t(x, row); break;
        }
    }
}

void mt_gather(mt_dtype type, int64_t outer, int64_t count, int64_t inner, int64_t n,
               const int64_t *indices, const void *src, void *dst) {
    indexing x = {.type = type,
                  .outer = outer,
                  .count = count,
                  .inner = inner,
                  .n = n,
                  .indices = indices,
                  .src = src,
                  .dst = dst};
    mt_parallel(outer * n, row_grain(inner), gather_range, &x);
}

// One outer block is one unit, so that equal indices meet in order.
#define SCATTER(NAME, T, EXPRESSION) \
    static void NAME(const indexing *x, int64_t block) { \
        T *dst = (T *)x->dst + block * x->count * x->inner; \
        const T *src = (const T *)x->src + block * x->n * x->inner; \
        const int64_t *indices = x->indices + block * x->n * x->inner; \
        for (int64_t i = 0; i < x->n; i++) { \
            for (int64_t j = 0; j < x->inner; j++) { \
                T *to = &dst[indices[i * x->inner + j] * x->inner + j]; \
                const T a = *to, b = src[i * x->inner + j]; \
                (void)a; \
                *to = EXPRESSION; \
            } \
        } \
    }
SCATTER(put_8, uint8_t, b)
SCATTER(put_16, uint16_t, b)
SCATTER(put_32, uint32_t, b)
SCATTER(put_64, uint64_t, b)
SCATTER(sum_float32, float, a + b)
SCATTER(sum_float64, double, a + b)
SCATTER(sum_float16, float16, a + b)
SCATTER(sum_bfloat16, bfloat16, bfloat16_from_float(bfloat16_to_float(a) + bfloat16_to_float(b)))
SCATTER(sum_int64, int64_t, (int64_t)((uint64_t)a + (uint64_t)b))
SCATTER(sum_int32, int32_t, (int32_t)((uint32_t)a + (uint32_t)b))
SCATTER(sum_uint8, uint8_t, (uint8_t)(a + b))
SCATTER(sum_bool, uint8_t, a | b)

static void scatter_add_range(int64_t begin, int64_t end, void *context) {
    const indexing *x = context;
    for (int64_t block = begin; block < end; block++) {
        switch (x->type) {
        case MT_FLOAT32: sum_float32(x, block); break;
        case MT_FLOAT64: sum_float64(x, block); break;
        case MT_FLOAT16: sum_float16(x, block); break;
        case MT_BFLOAT16: sum_bfloat16(x, block); break;
        case MT_INT64: sum_int64(x, block); break;
        case MT_INT32: sum_int32(x, block); break;
        case MT_UINT8: sum_uint8(x, block); break;
        case MT_BOOL: sum_bool(x, block); break;
        }
    }
}

static void scatter_range(int64_t begin, int64_t end, void *context) {
    const indexing *x = context;
    for (int64_t block = begin; block < end; block++) {
        switch (item_size(x->type)) {
        case 1: put_8(x, block); break;
        case 2: put_16(x, block); break;
        case 4: put_32(x, block); break;
        default: put_64(x, block); break;
        }
    }
}

void mt_scatter_add(mt_dtype type, int64_t outer, int64_t count, int64_t inner, int64_t n,
                    const int64_t *indices, const void *src, void *dst) {
    indexing x = {.type = type,
                  .outer = outer,
                  .count = count,
                  .inner = inner,
                  .n = n,
                  .indices = indices,
                  .src = src,
                  .dst = dst};
    mt_parallel(outer, row_grain(n * inner), scatter_add_range, &x);
}

void mt_scatter(mt_dtype type, int64_t outer, int64_t count, int64_t inner, int64_t n,
                const int64_t *indices, const void *src, void *dst) {
    indexing x = {.type = type,
                  .outer = outer,
                  .count = count,
                  .inner = inner,
                  .n = n,
                  .indices = indices,
                  .src = src,
                  .dst = dst};
    mt_parallel(outer, row_grain(n * inner), scatter_range, &x);
}

int64_t mt_nonzero(int64_t count, const bool *src, int64_t *dst) {
    const uint8_t *flags = (const uint8_t *)src;
    int64_t found = 0;
    if (dst == NULL) {
        for (int64_t i = 0; i < count; i++) found += flags[i] != 0;
        return found;
    }
    for (int64_t i = 0; i < count; i++) {
        if (flags[i] != 0) dst[found++] = i;
    }
    return found;
}
