// Copies between strided blocks, with conversion, and the simplest ways to make a block.
#include "internal.h"

enum {
    BLOCK = 1024, // elements that go through a buffer at once
    TILE = 16,    // a transposition moves squares of this side
    STRIP = 64, // rows of the destination that it works on at once, so that a page is visited once
                // for all of them
};

typedef struct {
    mt_space space; // destination, source
    mt_dtype dst_type, src_type;
    char *dst;
    const char *src;
    int row; // for a transposition, the dimension along which the source is contiguous
} copy;

// Both contiguous.
static void copy_flat(int64_t begin, int64_t end, void *context) {
    const copy *c = context;
    mt_cast(c->dst_type, c->dst + begin * item_size(c->dst_type), c->src_type,
            c->src + begin * item_size(c->src_type), end - begin);
}

static void copy_range(int64_t begin, int64_t end, void *context) {
    const copy *c = context;
    const mt_space *s = &c->space;
    int last = s->ndim - 1;
    int64_t dst_size = item_size(c->dst_type), src_size = item_size(c->src_type);
    int64_t dst_stride = s->strides[0][last], src_stride = s->strides[1][last];
    _Alignas(64) char gathered[BLOCK * 8], converted[BLOCK * 8];
    bool cast = c->dst_type != c->src_type;
    mt_walk walk;
    mt_walk_start(&walk, s, begin);
    while (begin < end) {
        int64_t run = min64(mt_walk_run(&walk), end - begin);
        char *dst = c->dst + walk.offset[0] * dst_size;
        const char *src = c->src + walk.offset[1] * src_size;
        if (dst_stride == 1 && (!cast || src_stride == 1)) {
            if (cast) {
                mt_cast(c->dst_type, dst, c->src_type, src, run);
            } else {
                mt_gather_run(src_size, run, dst, src, src_stride);
            }
        } else {
            run = min64(run, BLOCK);
            const char *from = src;
            if (src_stride != 1) {
                mt_gather_run(src_size, run, gathered, src, src_stride);
                from = gathered;
            }
            if (cast) {
                mt_cast(c->dst_type, converted, c->src_type, from, run);
                from = converted;
            }
            mt_scatter_run(dst_size, run, dst, dst_stride, from);
        }
        mt_walk_advance(&walk, last, run);
        begin += run;
    }
}

// ---- Transpositions: the destination is contiguous along the last dimension, the source along
// another ----------------

#define TRANSPOSE(T) \
    HOT static void transpose_full_##T(T *dst, int64_t dst_stride, const T *src, \
                                       int64_t src_stride) { \
        T square[TILE][TILE]; \
        for (int i = 0; i < TILE; i++) memcpy(square[i], src + i * src_stride, sizeof square[i]); \
        for (int j = 0; j < TILE; j++) { \
            T line[TILE]; \
            for (int i = 0; i < TILE; i++) line[i] = square[i][j]; \
            memcpy(dst + j * dst_stride, line, sizeof line); \
        } \
    } \
    /* dst[j * dst_stride + i] = src[i * src_stride + j] for i < columns, j < rows. */ \
    static void transpose_##T(int64_t rows, int64_t columns, T *dst, int64_t dst_stride, \
                              const T *src, int64_t src_stride) { \
        for (int64_t i = 0; i < columns; i += TILE) { \
            for (int64_t j = 0; j < rows; j += TILE) { \
                T *to = dst + j * dst_stride + i; \
                const T *from = src + i * src_stride + j; \
                if (rows - j >= TILE && columns - i >= TILE) { \
                    transpose_full_##T(to, dst_stride, from, src_stride); \
                    continue; \
                } \
                int64_t height = min64(TILE, rows - j), width = min64(TILE, columns - i); \
                for (int64_t k = 0; k < height; k++) { \
                    for (int64_t l = 0; l < width; l++) \
                        to[k * dst_stride + l] = from[l * src_stride + k]; \
                } \
            } \
        } \
    }
TRANSPOSE(uint8_t)
TRANSPOSE(uint16_t)
TRANSPOSE(uint32_t)
TRANSPOSE(uint64_t)

// A strip is a unit of work: STRIP steps along `row`, all of the last dimension, one
// index of the others.
static void transpose_range(int64_t begin, int64_t end, void *context) {
    const copy *c = context;
    const mt_space *s = &c->space;
    int last = s->ndim - 1;
    int64_t lines = div_up(s->shape[c->row], STRIP), size = item_size(c->dst_type);
    for (int64_t unit = begin; unit < end; unit++) {
        int64_t first = unit % lines * STRIP, rest = unit / lines;
        int64_t dst_offset = first * s->strides[0][c->row], src_offset = first;
        for (int d = last - 1; d >= 0; d--) {
            if (d == c->row) continue;
            dst_offset += rest % s->shape[d] * s->strides[0][d];
            src_offset += rest % s->shape[d] * s->strides[1][d];
            rest /= s->shape[d];
        }
        int64_t rows = min64(STRIP, s->shape[c->row] - first), columns = s->shape[last];
        void *dst = c->dst + dst_offset * size;
        const void *src = c->src + src_offset * size;
        int64_t dst_stride = s->strides[0][c->row], src_stride = s->strides[1][last];
        switch (size) {
        case 1: transpose_uint8_t(rows, columns, dst, dst_stride, src, src_stride); break;
        case 2: transpose_uint16_t(rows, columns, dst, dst_stride, src, src_stride); break;
        case 4: transpose_uint32_t(rows, columns, dst, dst_stride, src, src_stride); break;
        default: transpose_uint64_t(rows, columns, dst, dst_stride, src, src_stride); break;
        }
    }
}

// Finds the dimension that makes a copy a transposition.
static bool is_transposition(copy *c) {
    const mt_space *s = &c->space;
    int last = s->ndim - 1;
    if (c->dst_type != c->src_type || s->strides[0][last] != 1) return false;
    if (s->strides[1][last] == 1 || s->strides[1][last] == 0) return false;
    for (int d = 0; d < last; d++) {
        if (s->strides[1][d] == 1 && s->shape[d] > 1) {
            c->row = d;
            return true;
        }
    }
    return false;
}

void mt_copy(int ndim, const int64_t *shape, mt_dtype dst_type, void *dst,
             const int64_t *dst_strides, mt_dtype src_type, const void *src,
             const int64_t *src_strides) {
    copy c = {.dst_type = dst_type, .src_type = src_type, .dst = dst, .src = src};
    mt_space *s = &c.space;
    mt_space_init(s, 2, ndim, shape, (const int64_t *const[]){dst_strides, src_strides});
    if (s->count == 0) return;
    if (s->ndim == 1 && (s->count == 1 || (s->strides[0][0] == 1 && s->strides[1][0] == 1))) {
        mt_parallel(s->count, MT_GRAIN, copy_flat, &c);
    } else if (is_transposition(&c)) {
        int64_t unit = STRIP * s->shape[s->ndim - 1];
        int64_t units =
            div_up(s->shape[c.row], STRIP) * (s->count / (s->shape[c.row] * s->shape[s->ndim - 1]));
        mt_parallel(units, row_grain(unit), transpose_range, &c);
    } else {
        mt_parallel(s->count, MT_GRAIN, copy_range, &c);
    }
}

// ---- Fill, range

typedef struct {
    mt_dtype type;
    char *dst;
    union {
        uint8_t u8;
        uint16_t u16;
        uint32_t u32;
        uint64_t u64;
    } value;
    double start, step;
} fill;

#define FILL(T) \
    HOT static void fill_##T(int64_t count, T *dst, T value) { \
        for (int64_t i = 0; i < count; i++) dst[i] = value; \
    }
FILL(uint8_t)
FILL(uint16_t)
FILL(uint32_t)
FILL(uint64_t)

static void fill_range(int64_t begin, int64_t end, void *context) {
    const fill *f = context;
    int64_t count = end - begin;
    switch (item_size(f->type)) {
    case 1: fill_uint8_t(count, (uint8_t *)f->dst + begin, f->value.u8); break;
    case 2: fill_uint16_t(count, (uint16_t *)f->dst + begin, f->value.u16); break;
    case 4: fill_uint32_t(count, (uint32_t *)f->dst + begin, f->value.u32); break;
    default: fill_uint64_t(count, (uint64_t *)f->dst + begin, f->value.u64); break;
    }
}

void mt_fill(mt_dtype type, int64_t count, void *dst, double real, int64_t integer) {
    fill f = {.type = type, .dst = dst};
    bool floating =
        type == MT_FLOAT32 || type == MT_FLOAT64 || type == MT_FLOAT16 || type == MT_BFLOAT16;
    if (floating) {
        mt_cast(type, &f.value, MT_FLOAT64, &real, 1);
    } else {
        mt_cast(type, &f.value, MT_INT64, &integer, 1);
    }
    mt_parallel(count, MT_GRAIN, fill_range, &f);
}

static void arange_range(int64_t begin, int64_t end, void *context) {
    const fill *f = context;
    double block[BLOCK];
    while (begin < end) {
        int64_t count = min64(BLOCK, end - begin);
        for (int64_t i = 0; i < count; i++) block[i] = f->start + (double)(begin + i) * f->step;
        mt_cast(f->type, f->dst + begin * item_size(f->type), MT_FLOAT64, block, count);
        begin += count;
    }
}

void mt_arange(mt_dtype type, int64_t count, void *dst, double start, double step) {
    fill f = {.type = type, .dst = dst, .start = start, .step = step};
    mt_parallel(count, MT_GRAIN, arange_range, &f);
}
