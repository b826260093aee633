// Gathering and scattering along one dimension by index.
#include "internal.h"

// Whether an index is neither in 0..<limit nor the ignored one.
HOT static bool any_outside(int64_t count, const int64_t *indices, int64_t limit, int64_t ignored) {
    int64_t bad = 0;
    VECTOR for (int64_t i = 0; i < count; i++) bad |=
        (indices[i] < 0 || indices[i] >= limit) && indices[i] != ignored;
    return bad != 0;
}

int64_t mt_first_bad_class(int64_t count, const int64_t *target, int64_t classes, int64_t ignore) {
    enum { BLOCK = 4096 };
    for (int64_t begin = 0; begin < count; begin += BLOCK) {
        int64_t size = min64(BLOCK, count - begin);
        if (!any_outside(size, target + begin, classes, ignore)) continue;
        for (int64_t i = begin;; i++) {
            if ((target[i] < 0 || target[i] >= classes) && target[i] != ignore) return i;
        }
    }
    return -1;
}

int64_t mt_first_out_of_range(int64_t count, const int64_t *indices, int64_t limit) {
    return mt_first_bad_class(count, indices, limit, limit > 0 ? 0 : -1);
}

typedef struct {
    mt_dtype type;
    int64_t outer, count, inner, n, parts; // parts: how many each outer block is cut into
    const int64_t *indices;
    const char *src;
    char *dst;
} indexing;

// ---- Whole slices

// For entries of one element; the units are elements of dst.
#define SELECT_ELEMENTS(T) \
    HOT static void select_##T(const indexing *x, int64_t begin, int64_t end) { \
        T *dst = (T *)x->dst; \
        while (begin < end) { \
            int64_t outer = begin / x->n, stop = min64(end, (outer + 1) * x->n); \
            const T *src = (const T *)x->src + outer * x->count; \
            const int64_t *indices = x->indices - outer * x->n; \
            for (; begin < stop; begin++) dst[begin] = src[indices[begin]]; \
        } \
    }
SELECT_ELEMENTS(uint8_t)
SELECT_ELEMENTS(uint16_t)
SELECT_ELEMENTS(uint32_t)
SELECT_ELEMENTS(uint64_t)

static void select_range(int64_t begin, int64_t end, void *context) {
    const indexing *x = context;
    int64_t size = item_size(x->type), bytes = x->inner * size;
    if (x->inner == 1) {
        switch (size) {
        case 1: select_uint8_t(x, begin, end); break;
        case 2: select_uint16_t(x, begin, end); break;
        case 4: select_uint32_t(x, begin, end); break;
        default: select_uint64_t(x, begin, end); break;
        }
        return;
    }
    for (int64_t unit = begin; unit < end; unit++) {
        int64_t from = unit / x->n * x->count + x->indices[unit % x->n];
        memcpy(x->dst + unit * bytes, x->src + from * bytes, (size_t)bytes);
    }
}

void mt_index_select(mt_dtype type, int64_t outer, int64_t count, int64_t inner, int64_t n,
                     const int64_t *indices, const void *src, void *dst) {
    indexing x = {type, outer, count, inner, n, 1, indices, src, dst};
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
    indexing x = {type, outer, count, inner, n, 1, indices, src, dst};
    int64_t threads = mt_thread_count();
    bool large = outer * n * inner > MT_GRAIN;
    // Every part reads all indices, so there are no more of them than threads.
    x.parts = large && outer < threads ? min64(div_up(threads, outer), count) : 1;
    mt_parallel(outer * x.parts, large ? 1 : outer, index_add_range, &x);
}

// ---- Single elements

// The units are rows of dst, elements where they are rows of one.
#define GATHER(T) \
    HOT static void gather_##T(const indexing *x, int64_t begin, int64_t end) { \
        T *dst = (T *)x->dst; \
        const T *src = (const T *)x->src; \
        if (x->inner == 1) { \
            while (begin < end) { \
                int64_t outer = begin / x->n, stop = min64(end, (outer + 1) * x->n); \
                const T *block = src + outer * x->count; \
                for (; begin < stop; begin++) dst[begin] = block[x->indices[begin]]; \
            } \
            return; \
        } \
        for (int64_t row = begin; row < end; row++) { \
            const T *block = src + row / x->n * x->count * x->inner; \
            const int64_t *indices = x->indices + row * x->inner; \
            for (int64_t j = 0; j < x->inner; j++) \
                dst[row * x->inner + j] = block[indices[j] * x->inner + j]; \
        } \
    }
GATHER(uint8_t)
GATHER(uint16_t)
GATHER(uint32_t)
GATHER(uint64_t)

static void gather_range(int64_t begin, int64_t end, void *context) {
    const indexing *x = context;
    switch (item_size(x->type)) {
    case 1: gather_uint8_t(x, begin, end); break;
    case 2: gather_uint16_t(x, begin, end); break;
    case 4: gather_uint32_t(x, begin, end); break;
    default: gather_uint64_t(x, begin, end); break;
    }
}

void mt_gather(mt_dtype type, int64_t outer, int64_t count, int64_t inner, int64_t n,
               const int64_t *indices, const void *src, void *dst) {
    indexing x = {type, outer, count, inner, n, 1, indices, src, dst};
    mt_parallel(outer * n, row_grain(inner), gather_range, &x);
}

// A unit is some columns of an outer block: equal indices of a column meet in order.
#define SCATTER(NAME, T, EXPRESSION) \
    static void NAME(const indexing *x, int64_t block, int64_t first, int64_t last) { \
        T *dst = (T *)x->dst + block * x->count * x->inner; \
        const T *src = (const T *)x->src + block * x->n * x->inner; \
        const int64_t *indices = x->indices + block * x->n * x->inner; \
        if (x->inner == 1) { \
            for (int64_t i = 0; i < x->n; i++) { \
                T *to = &dst[indices[i]]; \
                const T a = *to, b = src[i]; \
                (void)a; \
                *to = EXPRESSION; \
            } \
            return; \
        } \
        for (int64_t i = 0; i < x->n; i++) { \
            for (int64_t j = first; j < last; j++) { \
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

typedef void (*scatter_kernel)(const indexing *x, int64_t block, int64_t first, int64_t last);

static scatter_kernel sum_kernel(mt_dtype type) {
    switch (type) {
    case MT_FLOAT32: return sum_float32;
    case MT_FLOAT64: return sum_float64;
    case MT_FLOAT16: return sum_float16;
    case MT_BFLOAT16: return sum_bfloat16;
    case MT_INT64: return sum_int64;
    case MT_INT32: return sum_int32;
    case MT_UINT8: return sum_uint8;
    case MT_BOOL: return sum_bool;
    }
    return NULL;
}

static scatter_kernel put_kernel(mt_dtype type) {
    switch (item_size(type)) {
    case 1: return put_8;
    case 2: return put_16;
    case 4: return put_32;
    default: return put_64;
    }
}

typedef struct {
    indexing x;
    scatter_kernel kernel;
    const char *base;
} scattering;

static void scatter_range(int64_t begin, int64_t end, void *context) {
    const scattering *s = context;
    const indexing *x = &s->x;
    int64_t width = div_up(x->inner, x->parts);
    for (int64_t unit = begin; unit < end; unit++) {
        int64_t first = unit % x->parts * width, last = min64(first + width, x->inner);
        int64_t block = unit / x->parts, size = item_size(x->type);
        if (first >= last) continue;
        // The base is copied while its memory is about to be needed.
        for (int64_t i = 0; i < x->count && s->base != x->dst; i++) {
            int64_t from = ((block * x->count + i) * x->inner + first) * size;
            int64_t whole = x->parts == 1 ? x->count : 1;
            memcpy(x->dst + from, s->base + from, (size_t)((last - first) * whole * size));
            if (whole > 1) break;
        }
        s->kernel(x, block, first, last);
    }
}

static void scatter(scatter_kernel kernel, mt_dtype type, int64_t outer, int64_t count,
                    int64_t inner, int64_t n, const int64_t *indices, const void *src,
                    const void *base, void *dst) {
    scattering s = {{type, outer, count, inner, n, 1, indices, src, dst}, kernel, base};
    // Few blocks are cut into wide strips of columns.
    s.x.parts = outer < 16 ? max64(1, min64(16, inner / 64)) : 1;
    mt_parallel(outer * s.x.parts, row_grain((n + count) * inner / s.x.parts), scatter_range, &s);
}

void mt_scatter_add(mt_dtype type, int64_t outer, int64_t count, int64_t inner, int64_t n,
                    const int64_t *indices, const void *src, const void *base, void *dst) {
    scatter(sum_kernel(type), type, outer, count, inner, n, indices, src, base, dst);
}

void mt_scatter(mt_dtype type, int64_t outer, int64_t count, int64_t inner, int64_t n,
                const int64_t *indices, const void *src, const void *base, void *dst) {
    scatter(put_kernel(type), type, outer, count, inner, n, indices, src, base, dst);
}
