// Order along a dimension: sorting, the greatest or least k, the element of a rank, the most
// frequent one, different ones.
//
// Elements become unsigned keys of the same order, NaN the greatest and -0 the same as 0; a
// descending order inverts them. A key over its place in one integer makes all items different, so
// that whatever orders them keeps equals in place. Keys of 32 bits serve every type but float64,
// and int64 wherever a line's numbers are near each other.
#include "lines.h"

typedef struct {
    bool descending, nan_wins;
    int64_t count;            // of ranks
    const int64_t *ranks;     // from 0
    int64_t *inverse, *found; // of different elements
} order_options;

enum {
    FEW = 96,   // up to so many are ordered by counting for each those before it
    BLOCK = 64, // keys that are looked at together before each by itself
};

INLINE bool is_real(mt_dtype type) {
    return type == MT_FLOAT32 || type == MT_FLOAT64 || type == MT_FLOAT16 || type == MT_BFLOAT16;
}

// ---- Keys

#define REAL_KEYS(NAME, T, UNSIGNED, KEY, LOAD) \
    HOT static void NAME(int64_t count, const void *src, KEY flip, KEY *keys) { \
        const UNSIGNED top = (UNSIGNED)((UNSIGNED)1 << (8 * sizeof(UNSIGNED) - 1)); \
        const T *values = src; \
        const UNSIGNED *bits = src; \
        VECTOR for (int64_t i = 0; i < count; i++) { \
            UNSIGNED x = (UNSIGNED)(bits[i] << 1) == 0 ? 0 : bits[i]; \
            KEY key = (UNSIGNED)(x & top ? ~x : x | top); \
            key = LOAD(values[i]) != LOAD(values[i]) ? (KEY) ~(KEY)0 : key; \
            keys[i] = key ^ flip; \
        } \
    }
REAL_KEYS(keys_float, float, uint32_t, uint32_t, )
REAL_KEYS(keys_float16, float16, uint16_t, uint32_t, )
REAL_KEYS(keys_bfloat16, bfloat16, uint16_t, uint32_t, bfloat16_to_float)
REAL_KEYS(keys_double, double, uint64_t, uint64_t, )

#define WHOLE_KEYS(NAME, T, KEY, TOP) \
    HOT static void NAME(int64_t count, const void *src, KEY flip, KEY *keys) { \
        const T *values = src; \
        VECTOR for (int64_t i = 0; i < count; i++) keys[i] = (KEY)values[i] ^ (TOP) ^ flip; \
    }
WHOLE_KEYS(keys_int32, int32_t, uint32_t, (uint32_t)1 << 31)
WHOLE_KEYS(keys_int64, int64_t, uint64_t, (uint64_t)1 << 63)
WHOLE_KEYS(keys_uint8, uint8_t, uint32_t, 0)

static void narrow_keys(mt_dtype type, bool descending, int64_t count, const char *src,
                        uint32_t *keys) {
    uint32_t flip = descending ? UINT32_MAX : 0;
    switch (type) {
    case MT_FLOAT32: keys_float(count, src, flip, keys); break;
    case MT_FLOAT16: keys_float16(count, src, flip, keys); break;
    case MT_BFLOAT16: keys_bfloat16(count, src, flip, keys); break;
    case MT_INT32: keys_int32(count, src, flip, keys); break;
    default: keys_uint8(count, src, flip, keys); break;
    }
}

static void wide_keys(mt_dtype type, bool descending, int64_t count, const char *src,
                      uint64_t *keys) {
    uint64_t flip = descending ? UINT64_MAX : 0;
    if (type == MT_FLOAT64) {
        keys_double(count, src, flip, keys);
    } else if (type == MT_INT64) {
        keys_int64(count, src, flip, keys);
    } else { // a line whose places need more than 32 bits
        uint32_t narrow[BLOCK];
        for (int64_t begin = 0; begin < count; begin += BLOCK) {
            int64_t size = min64(BLOCK, count - begin);
            narrow_keys(type, descending, size, src + begin * item_size(type), narrow);
            for (int64_t i = 0; i < size; i++) {
                bool nan = is_real(type) && narrow[i] == (descending ? 0 : UINT32_MAX);
                keys[begin + i] = nan ? (descending ? 0 : UINT64_MAX) : narrow[i];
            }
        }
    }
}

// Wide keys less the least of them, if all fit into 32 bits so; false if they
// do not.
HOT static bool narrowed(const uint64_t *wide, int64_t count, uint32_t *keys) {
    uint64_t least = UINT64_MAX, most = 0;
    for (int64_t i = 0; i < count; i++) {
        least = wide[i] < least ? wide[i] : least;
        most = wide[i] > most ? wide[i] : most;
    }
    if (most - least > UINT32_MAX) return false;
    VECTOR for (int64_t i = 0; i < count; i++) keys[i] = (uint32_t)(wide[i] - least);
    return true;
}

// ---- The two widths

typedef unsigned __int128 uint128;

#define KEY uint32_t
#define ITEM uint64_t
#define N(name) narrow_##name
#include "ordering_body.h"
#undef KEY
#undef ITEM
#undef N

#define KEY uint64_t
#define ITEM uint128
#define N(name) wide_##name
#include "ordering_body.h"
#undef KEY
#undef ITEM
#undef N

INLINE bool is_wide(mt_dtype type, int64_t count) {
    return type == MT_FLOAT64 || type == MT_INT64 || count > UINT32_MAX;
}

// Calls an operation of the right width on the keys of a line.
#define LINE(NAME) \
    static void NAME##_line(const mt_lines *x, const char *src, char *values, int64_t *places, \
                            char *scratch) { \
        const order_options *o = x->options; \
        int64_t found, pairs = (x->count + 1) / 2; \
        if (!is_wide(x->type, x->count)) { \
            uint32_t *keys = (uint32_t *)scratch; \
            narrow_keys(x->type, o->descending, x->count, src, keys); \
            found = narrow_##NAME(x, keys, (uint64_t *)scratch + pairs, places); \
        } else { \
            uint64_t *keys = (uint64_t *)scratch; \
            wide_keys(x->type, o->descending, x->count, src, keys); \
            uint128 *rest = (uint128 *)scratch + pairs; \
            uint32_t *narrow = (uint32_t *)rest; \
            if (x->type == MT_INT64 && x->count <= UINT32_MAX && \
                narrowed(keys, x->count, narrow)) { \
                found = narrow_##NAME(x, narrow, (uint64_t *)rest + pairs, places); \
            } else { \
                found = wide_##NAME(x, keys, rest, places); \
            } \
        } \
        take(item_size(x->type), src, places, found, values); \
    }

#define TAKE(T) \
    INLINE void take_##T(const T *src, const int64_t *places, int64_t count, T *dst) { \
        for (int64_t i = 0; i < count; i++) dst[i] = src[places[i]]; \
    }
TAKE(uint8_t)
TAKE(uint16_t)
TAKE(uint32_t)
TAKE(uint64_t)

static void take(int64_t size, const void *src, const int64_t *places, int64_t count, void *dst) {
    switch (size) {
    case 1: take_uint8_t(src, places, count, dst); break;
    case 2: take_uint16_t(src, places, count, dst); break;
    case 4: take_uint32_t(src, places, count, dst); break;
    default: take_uint64_t(src, places, count, dst); break;
    }
}

LINE(first)
LINE(ranked)
LINE(mode)
LINE(unique)

static void order_lines(mt_dtype type, int64_t outer, int64_t count, int64_t inner, int64_t results,
                        const void *src, void *values, int64_t *places, mt_line line,
                        order_options options) {
    if (results == 0) return;
    int64_t key = is_wide(type, count) ? 8 : 4;
    // The keys, twice as many items, and what may be read after either.
    mt_lines x = {.type = type,
                  .outer = outer,
                  .count = count,
                  .inner = inner,
                  .results = results,
                  .src = src,
                  .values = values,
                  .places = places,
                  .scratch = (count + 1) * 5 * key + 64,
                  .line = line,
                  .options = &options};
    mt_each_line(&x);
}

void mt_topk(mt_dtype type, int64_t outer, int64_t count, int64_t inner, int64_t k, bool largest,
             const void *src, void *values, int64_t *indices) {
    order_lines(type, outer, count, inner, k, src, values, indices, first_line,
                (order_options){.descending = largest});
}

void mt_sort(mt_dtype type, int64_t outer, int64_t count, int64_t inner, bool descending,
             const void *src, void *values, int64_t *indices) {
    mt_topk(type, outer, count, inner, count, descending, src, values, indices);
}

void mt_select(mt_dtype type, int64_t outer, int64_t count, int64_t inner, int64_t n,
               const int64_t *ranks, bool nan_wins, const void *src, void *values,
               int64_t *indices) {
    bool nan = nan_wins && is_real(type);
    order_lines(type, outer, count, inner, n, src, values, indices, ranked_line,
                (order_options){.nan_wins = nan, .count = n, .ranks = ranks});
}

void mt_mode(mt_dtype type, int64_t outer, int64_t count, int64_t inner, const void *src,
             void *values, int64_t *indices) {
    order_lines(type, outer, count, inner, 1, src, values, indices, mode_line, (order_options){0});
}

int64_t mt_unique(mt_dtype type, int64_t count, const void *src, void *values, int64_t *inverse,
                  int64_t *counts) {
    int64_t found = 0;
    // Where each is first makes way for how often it occurs.
    order_lines(type, 1, count, 1, count, src, values, counts, unique_line,
                (order_options){.inverse = inverse, .found = &found});
    memset(counts, 0, (size_t)found * sizeof(int64_t));
    for (int64_t i = 0; i < count; i++) counts[inverse[i]]++;
    return found;
}
