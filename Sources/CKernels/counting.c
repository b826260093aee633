// How many elements fall into each of some places.
#include "internal.h"

enum { BLOCK = 512, PART = 65536 };

typedef struct counting counting;
struct counting {
    mt_dtype type;
    int64_t count, length, parts;
    const char *src;
    // The places (0 ..< length, or length for nowhere) of a block of elements.
    void (*place)(const counting *c, const char *src, int64_t count, int64_t *places);
    double low, high;
    int64_t *tables; // (parts, length + 1)
};

static void count_range(int64_t begin, int64_t end, void *context) {
    const counting *c = context;
    int64_t places[BLOCK];
    for (int64_t part = begin; part < end; part++) {
        int64_t *table = c->tables + part * (c->length + 1);
        memset(table, 0, (size_t)(c->length + 1) * sizeof(int64_t));
        int64_t first = c->count / c->parts * part,
                last = part + 1 < c->parts ? first + c->count / c->parts : c->count;
        for (; first < last; first += BLOCK) {
            int64_t count = min64(BLOCK, last - first);
            c->place(c, c->src + first * item_size(c->type), count, places);
            for (int64_t i = 0; i < count; i++) table[places[i]]++;
        }
    }
}

static void count_places(counting *c, int64_t *counts) {
    // A table by part, where there is more to count than to add up.
    c->parts =
        c->count >= 2 * PART && c->length < PART ? min64(mt_thread_count(), c->count / PART) : 1;
    size_t bytes = (size_t)(c->parts * (c->length + 1)) * sizeof(int64_t);
    c->tables = mt_scratch(bytes);
    mt_parallel(c->parts, 1, count_range, c);
    for (int64_t i = 0; i < c->length; i++) {
        counts[i] = 0;
        for (int64_t part = 0; part < c->parts; part++)
            counts[i] += c->tables[part * (c->length + 1) + i];
    }
    mt_deallocate(c->tables, bytes);
}

// ---- Whole numbers

typedef struct {
    int64_t least, most;
} limits;

typedef struct {
    int64_t count, parts;
    const int64_t *src;
    limits *found;
} ranging;

HOT static limits limits_of(const int64_t *src, int64_t count) {
    limits found = {src[0], src[0]};
    for (int64_t i = 1; i < count; i++) {
        found.least = src[i] < found.least ? src[i] : found.least;
        found.most = src[i] > found.most ? src[i] : found.most;
    }
    return found;
}

static void limits_range(int64_t begin, int64_t end, void *context) {
    const ranging *r = context;
    for (int64_t part = begin; part < end; part++)
        r->found[part] = limits_of(r->src + part * PART, min64(PART, r->count - part * PART));
}

void mt_limits(int64_t count, const int64_t *src, int64_t *least, int64_t *most) {
    ranging r = {.count = count, .parts = div_up(count, PART), .src = src};
    size_t bytes = (size_t)r.parts * sizeof(limits);
    r.found = mt_scratch(bytes);
    mt_parallel(r.parts, 1, limits_range, &r);
    *least = r.found[0].least;
    *most = r.found[0].most;
    for (int64_t part = 1; part < r.parts; part++) {
        *least = min64(*least, r.found[part].least);
        *most = max64(*most, r.found[part].most);
    }
    mt_deallocate(r.found, bytes);
}

static void own_places(const counting *c, const char *src, int64_t count, int64_t *places) {
    (void)c;
    memcpy(places, src, (size_t)count * sizeof(int64_t));
}

void mt_bincount(int64_t count, const int64_t *src, int64_t length, int64_t *counts) {
    counting c = {.type = MT_INT64,
                  .count = count,
                  .length = length,
                  .src = (const char *)src,
                  .place = own_places};
    count_places(&c, counts);
}

// ---- Bins

#define BINS(T) \
    HOT static void bins_##T(const counting *c, const T *src, int64_t count, int64_t *places) { \
        const T low = (T)c->low, high = (T)c->high, width = (T)(c->high - c->low), \
                bins = (T)c->length; \
        int32_t bin[BLOCK]; \
        const int32_t last = (int32_t)c->length - 1; \
        VECTOR for (int64_t i = 0; i < count; i++) { \
            bool inside = src[i] >= low && src[i] <= high; \
            const T x = inside ? src[i] : low; \
            int32_t place = (int32_t)((x - low) * bins / width); \
            place = place > last ? last : place; \
            bin[i] = inside ? place : last + 1; \
        } \
        for (int64_t i = 0; i < count; i++) places[i] = bin[i]; \
    }
BINS(float)
BINS(double)

static void bin_places(const counting *c, const char *src, int64_t count, int64_t *places) {
    float wide[BLOCK];
    if (c->type == MT_FLOAT64) {
        bins_double(c, (const double *)src, count, places);
    } else if (c->type == MT_FLOAT32) {
        bins_float(c, (const float *)src, count, places);
    } else {
        mt_cast(MT_FLOAT32, wide, c->type, src, count);
        bins_float(c, wide, count, places);
    }
}

void mt_histogram(mt_dtype type, int64_t count, const void *src, int64_t bins, double low,
                  double high, int64_t *counts) {
    counting c = {.type = type,
                  .count = count,
                  .length = bins,
                  .src = src,
                  .place = bin_places,
                  .low = low,
                  .high = high};
    count_places(&c, counts);
}
