// Entries of sparse tensors in order, and products of sparse matrices and dense ones.
#include "internal.h"

typedef struct {
    int64_t rows, size; // of the result, and the numbers in each of its rows
    const int64_t *starts, *order, *row, *column;
    const void *values, *x, *y;
    void *dst;
} sparse_product;

typedef struct {
    int64_t key, index;
} keyed;

// By the digits of the keys, least significant first; equal keys stay in order. Returns the buffer
// that holds the result.
static keyed *sort_keyed(keyed *items, keyed *spare, int64_t count, int64_t limit) {
    enum { BITS = 11, DIGITS = 1 << BITS };
    int64_t *places = mt_scratch(DIGITS * sizeof *places);
    for (int shift = 0; shift < 63 && (limit - 1) >> shift > 0; shift += BITS) {
        memset(places, 0, DIGITS * sizeof *places);
        for (int64_t i = 0; i < count; i++) places[(items[i].key >> shift) % DIGITS]++;
        int64_t place = 0;
        for (int digit = 0; digit < DIGITS; digit++) {
            int64_t size = places[digit];
            places[digit] = place;
            place += size;
        }
        for (int64_t i = 0; i < count; i++)
            spare[places[(items[i].key >> shift) % DIGITS]++] = items[i];
        keyed *other = items;
        items = spare;
        spare = other;
    }
    mt_deallocate(places, DIGITS * sizeof *places);
    return items;
}

int64_t mt_group_equal(int64_t count, int64_t limit, const int64_t *keys, int64_t *group,
                       int64_t *first) {
    if (count == 0) return 0;
    keyed *items = mt_scratch((size_t)(2 * count) * sizeof *items);
    for (int64_t i = 0; i < count; i++) items[i] = (keyed){keys[i], i};
    const keyed *sorted = sort_keyed(items, items + count, count, limit);
    int64_t groups = 0;
    for (int64_t i = 0; i < count; i++) {
        if (i == 0 || sorted[i].key != sorted[i - 1].key) first[groups++] = sorted[i].index;
        group[sorted[i].index] = groups - 1;
    }
    mt_deallocate(items, (size_t)(2 * count) * sizeof *items);
    return groups;
}

typedef struct {
    int64_t count, n;
    const int64_t *indices, *src;
    int64_t *dst;
} picking;

static void pick_range(int64_t begin, int64_t end, void *context) {
    const picking *p = context;
    for (int64_t row = begin; row < end; row++) {
        const int64_t *src = p->src + row * p->count;
        for (int64_t i = 0; i < p->n; i++) p->dst[row * p->n + i] = src[p->indices[i]];
    }
}

void mt_pick_columns(int64_t rows, int64_t count, int64_t n, const int64_t *indices,
                     const int64_t *src, int64_t *dst) {
    picking p = {count, n, indices, src, dst};
    mt_parallel(rows, row_grain(n), pick_range, &p);
}

void mt_group_rows(int64_t rows, int64_t entries, const int64_t *row, int64_t *starts,
                   int64_t *order) {
    memset(starts, 0, (size_t)(rows + 1) * sizeof *starts);
    for (int64_t i = 0; i < entries; i++) starts[row[i] + 1]++;
    for (int64_t i = 0; i < rows; i++) starts[i + 1] += starts[i];
    for (int64_t i = 0; i < entries; i++) order[starts[row[i]]++] = i;
    // Every start has become the next one's.
    memmove(starts + 1, starts, (size_t)rows * sizeof *starts);
    starts[0] = 0;
}

// The first row that `work` comes before, where a row's work is one and one for each entry.
static int64_t row_at(const sparse_product *p, int64_t work) {
    int64_t low = 0, high = p->rows;
    while (low < high) {
        int64_t middle = (low + high) / 2;
        if (p->starts[middle] + middle < work) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

enum { WIDTH = 64 }; // numbers of a row that are summed up in registers

// One row belongs to one thread, and its entries are added in their order.
#define PRODUCT(T) \
    INLINE void add_entries_##T(const sparse_product *p, int64_t row, int64_t from, \
                                int64_t count) { \
        T sums[WIDTH] = {0}; \
        for (int64_t i = p->starts[row]; i < p->starts[row + 1]; i++) { \
            const int64_t entry = p->order[i]; \
            const T value = ((const T *)p->values)[entry]; \
            const T *x = (const T *)p->x + p->column[entry] * p->size + from; \
            VECTOR for (int64_t j = 0; j < count; j++) sums[j] += value * x[j]; \
        } \
        memcpy((T *)p->dst + row * p->size + from, sums, (size_t)count * sizeof(T)); \
    } \
    HOT static void product_rows_##T(int64_t begin, int64_t end, void *context) { \
        const sparse_product *p = context; \
        int64_t last = row_at(p, end); \
        for (int64_t row = row_at(p, begin); row < last; row++) { \
            int64_t from = 0; \
            for (; from + WIDTH <= p->size; from += WIDTH) add_entries_##T(p, row, from, WIDTH); \
            if (from < p->size) add_entries_##T(p, row, from, p->size - from); \
        } \
    } \
    HOT static void product_entries_##T(int64_t begin, int64_t end, void *context) { \
        const sparse_product *p = context; \
        for (int64_t i = begin; i < end; i++) { \
            const T *x = (const T *)p->x + p->row[i] * p->size; \
            const T *y = (const T *)p->y + p->column[i] * p->size; \
            T sum = 0; \
            { \
                REASSOCIATE \
                VECTOR for (int64_t j = 0; j < p->size; j++) sum += x[j] * y[j]; \
            } \
            ((T *)p->dst)[i] = sum; \
        } \
    }
PRODUCT(float)
PRODUCT(double)

void mt_sparse_matmul(mt_dtype type, int64_t rows, int64_t size, const int64_t *starts,
                      const int64_t *order, const int64_t *column, const void *values,
                      const void *x, void *dst) {
    sparse_product p = {.rows = rows,
                        .size = size,
                        .starts = starts,
                        .order = order,
                        .column = column,
                        .values = values,
                        .x = x,
                        .dst = dst};
    mt_parallel(rows + starts[rows], row_grain(size),
                type == MT_FLOAT64 ? product_rows_double : product_rows_float, &p);
}

void mt_sampled_matmul(mt_dtype type, int64_t entries, int64_t size, const int64_t *row,
                       const int64_t *column, const void *x, const void *y, void *dst) {
    sparse_product p = {.size = size, .row = row, .column = column, .x = x, .y = y, .dst = dst};
    mt_parallel(entries, row_grain(size),
                type == MT_FLOAT64 ? product_entries_double : product_entries_float, &p);
}
