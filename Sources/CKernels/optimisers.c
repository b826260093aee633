// Optimisers in one pass over all parameters, and the other things done to many blocks at once.
#include "internal.h"
#include <math.h>

enum { CHUNK = 16384 }; // elements of a block that are one unit of work

// Units of work over many blocks of different sizes: first[i] is the number of chunks before block
// i.
typedef struct {
    int64_t blocks, *first;
} chunks;

typedef struct {
    int64_t block, begin, end;
} piece;

static chunks make_chunks(int64_t blocks, const int64_t *sizes, int64_t stride) {
    chunks c = {blocks, mt_scratch((size_t)(blocks + 1) * sizeof(int64_t))};
    c.first[0] = 0;
    for (int64_t i = 0; i < blocks; i++) {
        int64_t size = *(const int64_t *)((const char *)sizes + i * stride);
        c.first[i + 1] = c.first[i] + div_up(size, CHUNK);
    }
    return c;
}

static void free_chunks(chunks *c) {
    mt_deallocate(c->first, (size_t)(c->blocks + 1) * sizeof(int64_t));
}

// The part of a block that unit `unit` is; sizes as for make_chunks.
static piece find_piece(const chunks *c, int64_t unit, const int64_t *sizes, int64_t stride) {
    int64_t low = 0, high = c->blocks; // first[low] <= unit < first[high]
    while (high - low > 1) {
        int64_t middle = (low + high) / 2;
        if (c->first[middle] <= unit) {
            low = middle;
        } else {
            high = middle;
        }
    }
    int64_t size = *(const int64_t *)((const char *)sizes + low * stride),
            begin = (unit - c->first[low]) * CHUNK;
    return (piece){low, begin, min64(begin + CHUNK, size)};
}

typedef struct {
    chunks chunks;
    mt_dtype type;
    const mt_update *updates;
    const mt_sgd_options *sgd;
    const mt_adam_options *adam;
    const int64_t *sizes;
    const void *const *blocks;
    double factor, *sums;
} job;

// ---- SGD

#define SGD(T) \
    HOT static void sgd_##T(int64_t count, T *parameter, const T *gradient, T *momentum, \
                            const mt_sgd_options *o) { \
        const T rate = (T)o->learning_rate, decay = (T)o->weight_decay, keep = (T)o->momentum; \
        const T take = (T)(1 - o->dampening); \
        if (momentum == NULL || keep == 0) { \
            VECTOR for (int64_t i = 0; i < count; i++) parameter[i] -= \
                rate * (gradient[i] + decay * parameter[i]); \
        } else if (o->first_step) { \
            const T scale = o->nesterov ? 1 + keep : (T)1; \
            VECTOR for (int64_t i = 0; i < count; i++) { \
                T g = gradient[i] + decay * parameter[i]; \
                momentum[i] = g; \
                parameter[i] -= rate * (g * scale); \
            } \
        } else if (o->nesterov) { \
            VECTOR for (int64_t i = 0; i < count; i++) { \
                T g = gradient[i] + decay * parameter[i], m = keep * momentum[i] + take * g; \
                momentum[i] = m; \
                parameter[i] -= rate * (g + keep * m); \
            } \
        } else { \
            VECTOR for (int64_t i = 0; i < count; i++) { \
                T g = gradient[i] + decay * parameter[i], m = keep * momentum[i] + take * g; \
                momentum[i] = m; \
                parameter[i] -= rate * m; \
            } \
        } \
    }
SGD(float)
SGD(double)

#define AT(T, base, offset) ((base) == NULL ? NULL : (T *)(base) + (offset))

static void sgd_chunks(int64_t begin, int64_t end, void *context) {
    const job *j = context;
    for (int64_t unit = begin; unit < end; unit++) {
        piece p = find_piece(&j->chunks, unit, &j->updates->count, sizeof(mt_update));
        const mt_update *u = &j->updates[p.block];
        int64_t count = p.end - p.begin;
        if (j->type == MT_FLOAT64) {
            sgd_double(count, AT(double, u->parameter, p.begin),
                       AT(const double, u->gradient, p.begin), AT(double, u->first, p.begin),
                       j->sgd);
        } else {
            sgd_float(count, AT(float, u->parameter, p.begin),
                      AT(const float, u->gradient, p.begin), AT(float, u->first, p.begin), j->sgd);
        }
    }
}

void mt_sgd(mt_dtype type, int64_t count, const mt_update *updates, const mt_sgd_options *options) {
    if (count == 0) return;
    job j = {.type = type, .updates = updates, .sgd = options};
    j.chunks = make_chunks(count, &updates->count, sizeof(mt_update));
    mt_parallel(j.chunks.first[count], 2, sgd_chunks, &j);
    free_chunks(&j.chunks);
}

// ---- Adam

#define ADAM(T) \
    HOT static void adam_##T(int64_t count, T *parameter, const T *gradient, T *first, T *second, \
                             const mt_adam_options *o) { \
        const double correction1 = 1 - pow(o->beta1, (double)o->step), \
                     correction2 = 1 - pow(o->beta2, (double)o->step); \
        const T take1 = (T)(1 - o->beta1), keep2 = (T)o->beta2, take2 = (T)(1 - o->beta2); \
        const T rate = (T)(o->learning_rate / correction1), root = (T)(1 / sqrt(correction2)), \
                epsilon = (T)o->epsilon; \
        const T decay = o->decoupled ? (T)0 : (T)o->weight_decay; \
        const T shrink = o->decoupled ? (T)(1 - o->learning_rate * o->weight_decay) : (T)1; \
        VECTOR for (int64_t i = 0; i < count; i++) { \
            T p = parameter[i], g = gradient[i] + decay * p; \
            T m = first[i] + take1 * (g - first[i]), v = keep2 * second[i] + take2 * (g * g); \
            first[i] = m; \
            second[i] = v; \
            parameter[i] = \
                p * shrink - rate * (m / (__builtin_elementwise_sqrt(v) * root + epsilon)); \
        } \
    }
ADAM(float)
ADAM(double)

static void adam_chunks(int64_t begin, int64_t end, void *context) {
    const job *j = context;
    for (int64_t unit = begin; unit < end; unit++) {
        piece p = find_piece(&j->chunks, unit, &j->updates->count, sizeof(mt_update));
        const mt_update *u = &j->updates[p.block];
        int64_t count = p.end - p.begin;
        if (j->type == MT_FLOAT64) {
            adam_double(count, (double *)u->parameter + p.begin,
                        (const double *)u->gradient + p.begin, (double *)u->first + p.begin,
                        (double *)u->second + p.begin, j->adam);
        } else {
            adam_float(count, (float *)u->parameter + p.begin, (const float *)u->gradient + p.begin,
                       (float *)u->first + p.begin, (float *)u->second + p.begin, j->adam);
        }
    }
}

void mt_adam(mt_dtype type, int64_t count, const mt_update *updates,
             const mt_adam_options *options) {
    if (count == 0) return;
    job j = {.type = type, .updates = updates, .adam = options};
    j.chunks = make_chunks(count, &updates->count, sizeof(mt_update));
    mt_parallel(j.chunks.first[count], 2, adam_chunks, &j);
    free_chunks(&j.chunks);
}

// ---- Gradient norms

#define BLOCK_SIZE 1024
HOT static double squares_float(int64_t count, const float *x) {
    REASSOCIATE
    double total = 0;
    for (int64_t begin = 0; begin < count; begin += BLOCK_SIZE) {
        // Squares of large floats overflow, so they are taken in double.
        int64_t end = min64(begin + BLOCK_SIZE, count);
        double sum = 0;
        for (int64_t i = begin; i < end; i++) sum += (double)x[i] * (double)x[i];
        total += sum;
    }
    return total;
}

HOT static double squares_double(int64_t count, const double *x) {
    REASSOCIATE
    double total = 0;
    for (int64_t i = 0; i < count; i++) total += x[i] * x[i];
    return total;
}

// Types other than float and double go through a buffer.
static double squares(mt_dtype type, int64_t count, const void *block, int64_t begin) {
    if (type == MT_FLOAT32) return squares_float(count, (const float *)block + begin);
    if (type == MT_FLOAT64) return squares_double(count, (const double *)block + begin);
    float buffer[BLOCK_SIZE];
    double total = 0;
    for (int64_t done = 0; done < count; done += BLOCK_SIZE) {
        int64_t part = min64(BLOCK_SIZE, count - done);
        mt_cast(MT_FLOAT32, buffer, type, (const char *)block + (begin + done) * item_size(type),
                part);
        total += squares_float(part, buffer);
    }
    return total;
}

static void squares_chunks(int64_t begin, int64_t end, void *context) {
    const job *j = context;
    for (int64_t unit = begin; unit < end; unit++) {
        piece p = find_piece(&j->chunks, unit, j->sizes, sizeof(int64_t));
        j->sums[unit] = squares(j->type, p.end - p.begin, j->blocks[p.block], p.begin);
    }
}

double mt_sum_squares(mt_dtype type, int64_t count, const int64_t *sizes,
                      const void *const *blocks) {
    if (count == 0) return 0;
    job j = {.type = type, .sizes = sizes, .blocks = blocks};
    j.chunks = make_chunks(count, sizes, sizeof(int64_t));
    int64_t units = j.chunks.first[count];
    size_t bytes = (size_t)max64(1, units) * sizeof(double);
    j.sums = mt_scratch(bytes);
    mt_parallel(units, 2, squares_chunks, &j);
    double total = 0;
    for (int64_t i = 0; i < units; i++) total += j.sums[i];
    mt_deallocate(j.sums, bytes);
    free_chunks(&j.chunks);
    return total;
}

// ---- Scale, axpy

#define LINEAR(S, T) \
    HOT static void scale_##S(int64_t count, S *x, T factor) { \
        VECTOR for (int64_t i = 0; i < count; i++) x[i] = store_##S(load_##S(x[i]) * factor); \
    } \
    HOT static void axpy_##S(int64_t count, T alpha, const S *x, S *y) { \
        VECTOR for (int64_t i = 0; i < count; i++) y[i] = \
            store_##S(load_##S(y[i]) + alpha * load_##S(x[i])); \
    }
LINEAR(float, float)
LINEAR(double, double)
LINEAR(float16, float)
LINEAR(bfloat16, float)

static void scale_chunks(int64_t begin, int64_t end, void *context) {
    const job *j = context;
    for (int64_t unit = begin; unit < end; unit++) {
        piece p = find_piece(&j->chunks, unit, j->sizes, sizeof(int64_t));
        void *block = (char *)j->blocks[p.block] + p.begin * item_size(j->type);
        int64_t count = p.end - p.begin;
        switch (j->type) {
        case MT_FLOAT64: scale_double(count, block, j->factor); break;
        case MT_FLOAT16: scale_float16(count, block, (float)j->factor); break;
        case MT_BFLOAT16: scale_bfloat16(count, block, (float)j->factor); break;
        default: scale_float(count, block, (float)j->factor); break;
        }
    }
}

void mt_scale(mt_dtype type, int64_t count, const int64_t *sizes, void *const *blocks,
              double factor) {
    if (count == 0) return;
    job j = {.type = type, .sizes = sizes, .blocks = (const void *const *)blocks, .factor = factor};
    j.chunks = make_chunks(count, sizes, sizeof(int64_t));
    mt_parallel(j.chunks.first[count], 2, scale_chunks, &j);
    free_chunks(&j.chunks);
}

typedef struct {
    mt_dtype type;
    double alpha;
    const char *src;
    char *dst;
} axpy;

static void axpy_range(int64_t begin, int64_t end, void *context) {
    const axpy *a = context;
    const void *x = a->src + begin * item_size(a->type);
    void *y = a->dst + begin * item_size(a->type);
    int64_t count = end - begin;
    switch (a->type) {
    case MT_FLOAT64: axpy_double(count, a->alpha, x, y); break;
    case MT_FLOAT16: axpy_float16(count, (float)a->alpha, x, y); break;
    case MT_BFLOAT16: axpy_bfloat16(count, (float)a->alpha, x, y); break;
    default: axpy_float(count, (float)a->alpha, x, y); break;
    }
}

void mt_axpy(mt_dtype type, int64_t count, double alpha, const void *src, void *dst) {
    axpy a = {type, alpha, src, dst};
    mt_parallel(count, MT_GRAIN, axpy_range, &a);
}
