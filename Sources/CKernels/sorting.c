// Stable sorts and the greatest or least k, along the middle dimension.
//
// Elements become unsigned keys of the same order, NaN the greatest and -0 the same as 0; a
// descending order inverts the keys, so that ascending sorts that keep equals in place serve both.
#include "internal.h"

typedef struct {
    uint64_t key;
    int64_t index;
} item;

typedef struct {
    mt_dtype type;
    int64_t count, inner, k;
    bool descending;
    const char *src;
    char *values;
    int64_t *indices;
} sorting;

INLINE uint64_t key_of_double(double x) {
    uint64_t bits;
    if (x != x) return UINT64_MAX - 1; // inverted, it is not 0 either
    x += 0.0;
    memcpy(&bits, &x, 8);
    return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

// The keys of a run of elements `stride` apart. Narrower types go over double or int64, which hold
// them exactly.
static void make_items(const sorting *s, const char *src, item *items) {
    enum { BLOCK = 512 };
    char gathered[BLOCK * 8], wide[BLOCK * 8];
    bool real = s->type == MT_FLOAT32 || s->type == MT_FLOAT64 || s->type == MT_FLOAT16 ||
                s->type == MT_BFLOAT16;
    int64_t size = item_size(s->type);
    for (int64_t begin = 0; begin < s->count; begin += BLOCK) {
        int64_t count = min64(BLOCK, s->count - begin);
        mt_gather_run(size, count, gathered, src + begin * s->inner * size, s->inner);
        mt_cast(real ? MT_FLOAT64 : MT_INT64, wide, s->type, gathered, count);
        for (int64_t i = 0; i < count; i++) {
            uint64_t key;
            if (real) {
                double x;
                memcpy(&x, wide + 8 * i, 8);
                key = key_of_double(x);
            } else {
                memcpy(&key, wide + 8 * i, 8);
                key ^= (uint64_t)1 << 63;
            }
            items[begin + i] = (item){s->descending ? ~key : key, begin + i};
        }
    }
}

static void insertion_sort(item *items, int64_t count) {
    for (int64_t i = 1; i < count; i++) {
        item moving = items[i];
        int64_t j = i;
        for (; j > 0 && items[j - 1].key > moving.key; j--) items[j] = items[j - 1];
        items[j] = moving;
    }
}

// Bottom-up merge sort of short runs; returns the buffer that holds the result.
static item *merge_sort(item *items, item *spare, int64_t count) {
    enum { RUN = 16 };
    for (int64_t begin = 0; begin < count; begin += RUN)
        insertion_sort(items + begin, min64(RUN, count - begin));
    for (int64_t width = RUN; width < count; width *= 2) {
        for (int64_t begin = 0; begin < count; begin += 2 * width) {
            int64_t middle = min64(begin + width, count), end = min64(begin + 2 * width, count);
            int64_t a = begin, b = middle;
            for (int64_t i = begin; i < end; i++) {
                bool left = b >= end || (a < middle && items[a].key <= items[b].key);
                spare[i] = left ? items[a++] : items[b++];
            }
        }
        item *other = items;
        items = spare;
        spare = other;
    }
    return items;
}

// Radix sort by bytes, least significant first, leaving out bytes in which all keys agree.
static item *radix_sort(item *items, item *spare, int64_t count) {
    uint64_t varying = 0;
    for (int64_t i = 0; i < count; i++) varying |= items[i].key ^ items[0].key;
    for (int shift = 0; shift < 64; shift += 8) {
        if (((varying >> shift) & 0xff) == 0) continue;
        int64_t places[256] = {0};
        for (int64_t i = 0; i < count; i++) places[(items[i].key >> shift) & 0xff]++;
        int64_t place = 0;
        for (int digit = 0; digit < 256; digit++) {
            int64_t size = places[digit];
            places[digit] = place;
            place += size;
        }
        for (int64_t i = 0; i < count; i++)
            spare[places[(items[i].key >> shift) & 0xff]++] = items[i];
        item *other = items;
        items = spare;
        spare = other;
    }
    return items;
}

static item *sort_items(item *items, item *spare, int64_t count) {
    return count < 1024 ? merge_sort(items, spare, count) : radix_sort(items, spare, count);
}

INLINE bool before(item a, item b) {
    return a.key < b.key || (a.key == b.key && a.index < b.index);
}

// Moves the item at the root of a heap, whose root is the last in order, down to its place.
static void sink(item *heap, int64_t count) {
    item moving = heap[0];
    int64_t at = 0;
    for (int64_t child = 1; child < count; child = 2 * at + 1) {
        if (child + 1 < count && before(heap[child], heap[child + 1])) child++;
        if (!before(moving, heap[child])) break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = moving;
}

// The first k items in order to the front, sorted.
static item *first_items(item *items, item *spare, int64_t count, int64_t k) {
    if (k > count / 8 + 16) return sort_items(items, spare, count);
    memcpy(spare, items, (size_t)k * sizeof(item));
    insertion_sort(spare, k);
    for (int64_t i = 0; i < k / 2; i++) { // in falling order it is a heap
        item swapped = spare[i];
        spare[i] = spare[k - 1 - i];
        spare[k - 1 - i] = swapped;
    }
    for (int64_t i = k; i < count; i++) {
        if (items[i].key >= spare[0].key) continue;
        spare[0] = items[i];
        sink(spare, k);
    }
    // Taking the last off the heap again and again leaves the items in order, equals by their
    // index.
    for (int64_t size = k; size > 1; size--) {
        item last = spare[0];
        spare[0] = spare[size - 1];
        spare[size - 1] = last;
        sink(spare, size - 1);
    }
    return spare;
}

static void sort_range(int64_t begin, int64_t end, void *context) {
    const sorting *s = context;
    size_t bytes = (size_t)(2 * s->count) * sizeof(item);
    item *items = mt_scratch(bytes), *spare = items + s->count;
    int64_t size = item_size(s->type);
    for (int64_t unit = begin; unit < end; unit++) {
        int64_t outer = unit / s->inner, column = unit % s->inner;
        const char *src = s->src + (outer * s->count * s->inner + column) * size;
        make_items(s, src, items);
        const item *sorted = s->k < s->count ? first_items(items, spare, s->count, s->k)
                                             : sort_items(items, spare, s->count);
        for (int64_t i = 0; i < s->k; i++) {
            int64_t to = (outer * s->k + i) * s->inner + column;
            memcpy(s->values + to * size, src + sorted[i].index * s->inner * size, (size_t)size);
            s->indices[to] = sorted[i].index;
        }
    }
    mt_deallocate(items, bytes);
}

void mt_topk(mt_dtype type, int64_t outer, int64_t count, int64_t inner, int64_t k, bool largest,
             const void *src, void *values, int64_t *indices) {
    if (k == 0) return;
    sorting s = {.type = type,
                 .count = count,
                 .inner = inner,
                 .k = k,
                 .descending = largest,
                 .src = src,
                 .values = values,
                 .indices = indices};
    mt_parallel(outer * inner, row_grain(8 * count), sort_range, &s);
}

void mt_sort(mt_dtype type, int64_t outer, int64_t count, int64_t inner, bool descending,
             const void *src, void *values, int64_t *indices) {
    mt_topk(type, outer, count, inner, count, descending, src, values, indices);
}

// ---- Searching

typedef struct {
    int64_t length, count;
    bool shared, right;
    const void *sorted, *values;
    int64_t *places;
} searching;

#define SEARCH(T) \
    static void search_##T(int64_t begin, int64_t end, void *context) { \
        const searching *s = context; \
        for (int64_t i = begin; i < end; i++) { \
            const T *row = (const T *)s->sorted + (s->shared ? 0 : i / s->count * s->length); \
            T value = ((const T *)s->values)[i]; \
            int64_t low = 0, high = s->length; \
            while (low < high) { \
                int64_t middle = low + (high - low) / 2; \
                bool after = s->right ? !(row[middle] > value) : !(row[middle] >= value); \
                if (after) { \
                    low = middle + 1; \
                } else { \
                    high = middle; \
                } \
            } \
            s->places[i] = low; \
        } \
    }
SEARCH(float)
SEARCH(double)
SEARCH(int64_t)

void mt_search_sorted(mt_dtype type, int64_t rows, int64_t length, int64_t count, bool shared,
                      bool right, const void *sorted, const void *values, int64_t *places) {
    searching s = {length, count, shared, right, sorted, values, places};
    mt_body body = type == MT_FLOAT32   ? search_float
                   : type == MT_FLOAT64 ? search_double
                                        : search_int64_t;
    mt_parallel(rows * count, 4096, body, &s);
}
