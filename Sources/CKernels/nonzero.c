// Which elements are not zero: how many, where, and those of another tensor at the same places.
#include "internal.h"

enum {
    PART = 65536,
    BLOCK = 256,
    ENOUGH = 16 << 20, // bytes that one thread reads before another would have woken
};

// ---- How many

#define COUNT_NONZERO(T) \
    HOT static int64_t nonzero_##T(const T *src, int64_t count, T mask) { \
        uint32_t found = 0; \
        for (int64_t i = 0; i < count; i++) found += (src[i] & mask) != 0; \
        return found; \
    }
COUNT_NONZERO(uint8_t)
COUNT_NONZERO(uint16_t)
COUNT_NONZERO(uint32_t)
COUNT_NONZERO(uint64_t)

// Of at most PART elements. The sign of a floating-point number does not matter.
static int64_t count_part(mt_dtype type, const void *src, int64_t count) {
    switch (type) {
    case MT_FLOAT32: return nonzero_uint32_t(src, count, UINT32_MAX >> 1);
    case MT_FLOAT64: return nonzero_uint64_t(src, count, UINT64_MAX >> 1);
    case MT_FLOAT16:
    case MT_BFLOAT16: return nonzero_uint16_t(src, count, UINT16_MAX >> 1);
    case MT_INT64: return nonzero_uint64_t(src, count, UINT64_MAX);
    case MT_INT32: return nonzero_uint32_t(src, count, UINT32_MAX);
    default: return nonzero_uint8_t(src, count, UINT8_MAX);
    }
}

typedef struct {
    mt_dtype type;
    int64_t count;
    const char *src;
    int64_t *found; // by part
} nonzeros;

static void count_parts(int64_t begin, int64_t end, void *context) {
    const nonzeros *x = context;
    for (int64_t part = begin; part < end; part++)
        x->found[part] = count_part(x->type, x->src + part * PART * item_size(x->type),
                                    min64(PART, x->count - part * PART));
}

int64_t mt_count_nonzero(mt_dtype type, int64_t count, const void *src) {
    if (count <= PART) return count_part(type, src, count);
    nonzeros x = {.type = type, .count = count, .src = src};
    int64_t parts = div_up(count, PART), found = 0;
    x.found = mt_scratch((size_t)parts * sizeof(int64_t));
    mt_parallel(parts, max64(1, ENOUGH / (PART * item_size(type))), count_parts, &x);
    for (int64_t part = 0; part < parts; part++) found += x.found[part];
    mt_deallocate(x.found, (size_t)parts * sizeof(int64_t));
    return found;
}

// ---- Where

typedef struct selection selection;
struct selection {
    int64_t count, length; // length: of the last dimension, which no block leaves
    int ndim;
    const int64_t *shape;
    const char *src;
    const uint8_t *flags;
    char *dst;
    int64_t *firsts; // how many are found before each part
    // Writes what is at `found` places after the element `begin` from the result's place `to` on.
    void (*write)(const selection *s, int64_t begin, const uint16_t *places, int64_t found,
                  int64_t to);
};

static void select_parts(int64_t first, int64_t last, void *context) {
    const selection *s = context;
    uint16_t places[BLOCK];
    for (int64_t part = first; part < last; part++) {
        int64_t end = min64((part + 1) * PART, s->count), to = s->firsts[part];
        for (int64_t begin = part * PART; begin < end;) {
            int64_t count = min64(min64(BLOCK, end - begin), s->length - begin % s->length);
            const uint8_t *flags = s->flags + begin;
            int64_t found = 0;
            for (int64_t i = 0; i < count; i++) {
                places[found] = (uint16_t)i;
                found += flags[i] != 0;
            }
            s->write(s, begin, places, found, to);
            to += found;
            begin += count;
        }
    }
}

static void select_where(selection *s) {
    if (s->count == 0) return;
    int64_t parts = div_up(s->count, PART), one = 0, before = 0;
    size_t bytes = (size_t)parts * sizeof(int64_t);
    s->firsts = parts == 1 ? &one : mt_scratch(bytes);
    if (parts > 1) {
        nonzeros x = {MT_BOOL, s->count, (const char *)s->flags, s->firsts};
        mt_parallel(parts, 1, count_parts, &x);
        for (int64_t part = 0; part < parts; part++) {
            int64_t found = s->firsts[part];
            s->firsts[part] = before;
            before += found;
        }
    }
    mt_parallel(parts, 1, select_parts, s);
    if (parts > 1) mt_deallocate(s->firsts, bytes);
}

static void write_coordinates(const selection *s, int64_t begin, const uint16_t *places,
                              int64_t found, int64_t to) {
    int64_t start[MT_MAX_DIMS], *dst = (int64_t *)s->dst + to * s->ndim;
    for (int d = s->ndim - 1; d >= 0; d--) {
        start[d] = begin % s->shape[d];
        begin /= s->shape[d];
    }
    int last = s->ndim - 1;
    for (int64_t i = 0; i < found; i++, dst += s->ndim) {
        for (int d = 0; d < last; d++) dst[d] = start[d];
        dst[last] = start[last] + places[i];
    }
}

void mt_nonzero(int ndim, const int64_t *shape, const bool *flags, int64_t *dst) {
    if (ndim == 0) return;
    selection s = {.count = 1,
                   .length = shape[ndim - 1],
                   .ndim = ndim,
                   .shape = shape,
                   .flags = (const uint8_t *)flags,
                   .dst = (char *)dst,
                   .write = write_coordinates};
    for (int d = 0; d < ndim; d++) s.count *= shape[d];
    select_where(&s);
}

#define WRITE(T) \
    static void write_##T(const selection *s, int64_t begin, const uint16_t *places, \
                          int64_t found, int64_t to) { \
        const T *src = (const T *)s->src + begin; \
        T *dst = (T *)s->dst + to; \
        for (int64_t i = 0; i < found; i++) dst[i] = src[places[i]]; \
    }
WRITE(uint8_t)
WRITE(uint16_t)
WRITE(uint32_t)
WRITE(uint64_t)

void mt_masked_select(mt_dtype type, int64_t count, const bool *mask, const void *src, void *dst) {
    int64_t size = item_size(type);
    selection s = {.count = count,
                   .length = max64(count, 1),
                   .src = src,
                   .flags = (const uint8_t *)mask,
                   .dst = dst,
                   .write = size == 1   ? write_uint8_t
                            : size == 2 ? write_uint16_t
                            : size == 4 ? write_uint32_t
                                        : write_uint64_t};
    select_where(&s);
}
