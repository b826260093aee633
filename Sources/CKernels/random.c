// Random numbers from Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers, as easy
// as 1, 2, 3; 2011).
//
// The counter is (block, stream). A block has four words of 32 bits; float32 and narrower types
// take a word for each element, the others two.
#include <math.h>

#include "floating_math.h"

enum { BLOCKS = 128, WORDS = 4 * BLOCKS };

// Words of `BLOCKS` blocks in order, beginning with block `first`.
HOT static void philox(uint64_t key, uint64_t stream, uint64_t first, uint32_t *words) {
    enum { SIDE = 16 };
    for (int begin = 0; begin < BLOCKS; begin += SIDE) {
        uint32_t a[SIDE], b[SIDE], c[SIDE], d[SIDE];
        for (int i = 0; i < SIDE; i++) {
            uint64_t block = first + (uint64_t)(begin + i);
            a[i] = (uint32_t)block;
            b[i] = (uint32_t)(block >> 32);
            c[i] = (uint32_t)stream;
            d[i] = (uint32_t)(stream >> 32);
        }
        uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
        for (int round = 0; round < 10; round++) {
            for (int i = 0; i < SIDE; i++) {
                uint64_t left = (uint64_t)a[i] * 0xD2511F53u, right = (uint64_t)c[i] * 0xCD9E8D57u;
                a[i] = (uint32_t)(right >> 32) ^ b[i] ^ k0;
                c[i] = (uint32_t)(left >> 32) ^ d[i] ^ k1;
                b[i] = (uint32_t)right;
                d[i] = (uint32_t)left;
            }
            k0 += 0x9E3779B9u;
            k1 += 0xBB67AE85u;
        }
        uint32_t *out = words + 4 * begin;
        for (int i = 0; i < SIDE; i++) {
            out[4 * i] = a[i];
            out[4 * i + 1] = b[i];
            out[4 * i + 2] = c[i];
            out[4 * i + 3] = d[i];
        }
    }
}

typedef struct {
    uint64_t key, stream, offset;
    mt_dtype type;
    double low, high; // or mean and standard deviation, or the drop probability
    int64_t least;
    uint64_t span;
    const void *src;
    void *dst;
    bool *kept;
} draw;

// Goes over elements begin..<end of a draw, `per_block` to a block, and calls BODY with `words`
// filled, `skip` elements of them before the first, and `count` elements from `at` on to make.
#define EACH_BATCH(per_block, BODY) \
    for (int64_t at = begin; at < end;) { \
        uint64_t position = d->offset + (uint64_t)at, block = position / (per_block); \
        int64_t skip = (int64_t)(position % (per_block)); \
        int64_t count = min64((int64_t)BLOCKS * (per_block)-skip, end - at); \
        philox(d->key, d->stream, block, words); \
        BODY; \
        at += count; \
    }

INLINE double double_of(uint32_t high, uint32_t low) { // in [0, 1)
    return (double)((((uint64_t)high << 32) | low) >> 11) * 0x1p-53;
}

// Stores what was made as `type`; rounding must not reach `high`, which a range leaves out.
static void store_below(const draw *d, int64_t at, int64_t count, mt_dtype from,
                        const void *values) {
    char *dst = (char *)d->dst + at * item_size(d->type);
    mt_cast(d->type, dst, from, values, count);
    if (d->type != MT_FLOAT16 && d->type != MT_BFLOAT16) return;
    float limit;
    uint16_t edge, *bits = (uint16_t *)(void *)dst;
    mt_cast(d->type, &edge, MT_FLOAT64, &d->high, 1);
    mt_cast(MT_FLOAT32, &limit, d->type, &edge, 1);
    // One step towards zero, or away from it for a negative number.
    uint16_t below = limit > 0 ? (uint16_t)(edge - 1) : limit < 0 ? (uint16_t)(edge + 1) : 0x8001;
    for (int64_t i = 0; i < count; i++) {
        if (bits[i] == edge) bits[i] = below;
    }
}

HOT static void uniform_floats(int64_t count, const uint32_t *words, float low, float high,
                               float *values) {
    const float below = nextafterf(high, low), span = high - low;
    VECTOR for (int64_t i = 0; i < count; i++) {
        float value = low + span * ((float)(int32_t)(words[i] >> 8) * 0x1p-24f);
        values[i] = value < high ? value : below;
    }
}

static void uniform_range(int64_t begin, int64_t end, void *context) {
    const draw *d = context;
    uint32_t words[WORDS];
    if (d->type == MT_FLOAT64) {
        double *dst = d->dst;
        EACH_BATCH(
            2, for (int64_t i = 0; i < count; i++) {
                const uint32_t *pair = words + 2 * (skip + i);
                double value = d->low + (d->high - d->low) * double_of(pair[0], pair[1]);
                dst[at + i] = value < d->high ? value : nextafter(d->high, d->low);
            })
        return;
    }
    float values[WORDS];
    EACH_BATCH(4, uniform_floats(count, words + skip, (float)d->low, (float)d->high, values);
               store_below(d, at, count, MT_FLOAT32, values))
}

void mt_random_uniform(mt_dtype type, uint64_t key, uint64_t stream, uint64_t offset, int64_t count,
                       double low, double high, void *dst) {
    draw d = {.key = key,
              .stream = stream,
              .offset = offset,
              .type = type,
              .low = low,
              .high = high,
              .dst = dst};
    mt_parallel(count, MT_GRAIN, uniform_range, &d);
}

// Pairs of normal numbers from pairs of words (Box, Muller 1958): r cos(t), r sin(t).
HOT static void normal_floats(const uint32_t *words, float mean, float std, float *values) {
    VECTOR for (int i = 0; i < WORDS / 2; i++) {
        // In (0, 1], so that the logarithm is finite.
        float u = ((float)(int32_t)(words[2 * i] >> 8) + 1.0f) * 0x1p-24f;
        float turn = (float)(int32_t)(words[2 * i + 1] >> 8) * 0x1.921fb6p-22f; // 2 pi / 2^24
        float r = __builtin_elementwise_sqrt(-2.0f * vec_log(u)) * std;
        values[2 * i] = mean + r * vec_cos(turn);
        values[2 * i + 1] = mean + r * vec_sin(turn);
    }
}

static void normal_range(int64_t begin, int64_t end, void *context) {
    const draw *d = context;
    uint32_t words[WORDS];
    if (d->type == MT_FLOAT64) {
        double *dst = d->dst;
        // Elements 2i and 2i + 1 share the two blocks of four words that both own.
        for (int64_t at = begin; at < end;) {
            uint64_t position = d->offset + (uint64_t)at, pair = position / 2;
            int64_t skip = (int64_t)(position % 2), count = min64(BLOCKS * 2 - skip, end - at);
            philox(d->key, d->stream, pair, words);
            for (int64_t i = 0; i < count; i++) {
                const uint32_t *four = words + 4 * ((skip + i) / 2);
                double r = sqrt(-2 * log(1 - double_of(four[0], four[1]))),
                       turn = 2 * M_PI * double_of(four[2], four[3]);
                dst[at + i] = d->low + d->high * r * ((skip + i) % 2 == 0 ? cos(turn) : sin(turn));
            }
            at += count;
        }
        return;
    }
    float values[WORDS];
    EACH_BATCH(4, normal_floats(words, (float)d->low, (float)d->high, values);
               mt_cast(d->type, (char *)d->dst + at * item_size(d->type), MT_FLOAT32, values + skip,
                       count))
}

void mt_random_normal(mt_dtype type, uint64_t key, uint64_t stream, uint64_t offset, int64_t count,
                      double mean, double std, void *dst) {
    draw d = {.key = key,
              .stream = stream,
              .offset = offset,
              .type = type,
              .low = mean,
              .high = std,
              .dst = dst};
    mt_parallel(count, MT_GRAIN / 4, normal_range, &d);
}

// A number below `span` (0 stands for 2^64): the high half of a product of 64 bits (Lemire 2019).
INLINE uint64_t below(const uint32_t *pair, uint64_t span) {
    uint64_t bits = (uint64_t)pair[0] << 32 | pair[1];
    return span == 0 ? bits : (uint64_t)(((unsigned __int128)bits * span) >> 64);
}

static void integers_range(int64_t begin, int64_t end, void *context) {
    const draw *d = context;
    uint32_t words[WORDS];
    int64_t values[WORDS / 2];
    EACH_BATCH(
        2, for (int64_t i = 0; i < count; i++) {
            values[i] = (int64_t)((uint64_t)d->least + below(words + 2 * (skip + i), d->span));
        } mt_cast(d->type, (char *)d->dst + at * item_size(d->type), MT_INT64, values, count))
}

void mt_random_integers(mt_dtype type, uint64_t key, uint64_t stream, uint64_t offset,
                        int64_t count, int64_t low, int64_t high, void *dst) {
    draw d = {
        .key = key, .stream = stream, .offset = offset, .type = type, .least = low, .dst = dst};
    d.span = (uint64_t)high - (uint64_t)low;
    mt_parallel(count, MT_GRAIN / 4, integers_range, &d);
}

void mt_random_permutation(uint64_t key, uint64_t stream, uint64_t offset, int64_t count,
                           int64_t *dst) {
    uint32_t words[WORDS];
    uint64_t filled = UINT64_MAX; // the batch of blocks that words holds
    for (int64_t i = 0; i < count; i++) dst[i] = i;
    for (int64_t i = count - 1; i > 0; i--) {
        uint64_t position = offset + (uint64_t)i, batch = position / (2 * BLOCKS);
        if (batch != filled) {
            philox(key, stream, batch * BLOCKS, words);
            filled = batch;
        }
        int64_t j = (int64_t)below(words + 2 * (position % (2 * BLOCKS)), (uint64_t)i + 1);
        int64_t value = dst[i];
        dst[i] = dst[j];
        dst[j] = value;
    }
}

// ---- Dropout

HOT static void keep(int64_t count, const uint32_t *words, uint32_t limit, uint8_t *kept) {
    VECTOR for (int64_t i = 0; i < count; i++) kept[i] = (words[i] >> 8) >= limit;
}

#define DROPOUT(S, T) \
    HOT static void drop_##S(int64_t count, const uint8_t *kept, T scale, const S *src, S *dst) { \
        VECTOR for (int64_t i = 0; i < count; i++) dst[i] = \
            kept[i] ? store_##S(load_##S(src[i]) * scale) : (S)0; \
    }
DROPOUT(float, float)
DROPOUT(double, double)
DROPOUT(float16, float)
DROPOUT(bfloat16, float)

static void apply_kept(const draw *d, int64_t at, int64_t count) {
    const uint8_t *kept = (const uint8_t *)d->kept + at;
    const void *src = (const char *)d->src + at * item_size(d->type);
    void *dst = (char *)d->dst + at * item_size(d->type);
    double scale = d->low < 1 ? 1 / (1 - d->low) : 0;
    switch (d->type) {
    case MT_FLOAT64: drop_double(count, kept, scale, src, dst); break;
    case MT_FLOAT16: drop_float16(count, kept, (float)scale, src, dst); break;
    case MT_BFLOAT16: drop_bfloat16(count, kept, (float)scale, src, dst); break;
    default: drop_float(count, kept, (float)scale, src, dst); break;
    }
}

static void dropout_range(int64_t begin, int64_t end, void *context) {
    const draw *d = context;
    uint32_t words[WORDS];
    uint32_t limit = (uint32_t)ceil(d->low * 0x1p24); // of 24 bits
    EACH_BATCH(4, keep(count, words + skip, limit, (uint8_t *)d->kept + at);
               apply_kept(d, at, count))
}

void mt_dropout(mt_dtype type, uint64_t key, uint64_t stream, uint64_t offset, int64_t count,
                double p, const void *src, void *dst, bool *kept) {
    draw d = {.key = key,
              .stream = stream,
              .offset = offset,
              .type = type,
              .low = p,
              .src = src,
              .dst = dst,
              .kept = kept};
    mt_parallel(count, MT_GRAIN, dropout_range, &d);
}

static void dropout_grad_range(int64_t begin, int64_t end, void *context) {
    apply_kept(context, begin, end - begin);
}

void mt_dropout_grad(mt_dtype type, int64_t count, double p, const bool *kept, const void *grad,
                     void *dst) {
    draw d = {.type = type, .low = p, .src = grad, .dst = dst, .kept = (bool *)kept};
    mt_parallel(count, MT_GRAIN, dropout_grad_range, &d);
}
