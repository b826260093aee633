// Optimisers: one pass over all parameters of a group.
#include "chunks.h"

// Takes a step over the elements that the update describes.
typedef void step_kernel(const mt_update *update, const void *options);

typedef struct {
    chunks chunks;
    int64_t item_size;
    const mt_update *updates;
    step_kernel *kernel;
    const void *options;
} job;

static void step_chunks(int64_t begin, int64_t end, void *context) {
    const job *j = context;
    for (int64_t unit = begin; unit < end; unit++) {
        piece p = find_piece(&j->chunks, unit, &j->updates->count, sizeof(mt_update));
        const mt_update *whole = &j->updates[p.block];
        int64_t offset = p.begin * j->item_size;
        mt_update part = {.count = p.end - p.begin,
                          .parameter = (char *)whole->parameter + offset,
                          .gradient = (const char *)whole->gradient + offset};
        for (int i = 0; i < MT_MAX_STATES && whole->states[i] != NULL; i++) {
            part.states[i] = (char *)whole->states[i] + offset;
        }
        j->kernel(&part, j->options);
    }
}

static void take_step(mt_dtype type, int64_t count, const mt_update *updates, step_kernel *kernel,
                      const void *options) {
    if (count == 0) return;
    job j = {
        .item_size = item_size(type), .updates = updates, .kernel = kernel, .options = options};
    j.chunks = make_chunks(count, &updates->count, sizeof(mt_update));
    mt_parallel(j.chunks.first[count], 2, step_chunks, &j);
    free_chunks(&j.chunks);
}

// Both types of a kernel and the function that runs it. A kernel has its options as `o` and
// p (parameter), g (gradient) and the states in local variables, so that the loop vectorises.
#define STEP(name, KERNEL) \
    KERNEL(float) \
    KERNEL(double) \
    void mt_##name(mt_dtype type, int64_t count, const mt_update *updates, \
                   const mt_##name##_options *options) { \
        take_step(type, count, updates, type == MT_FLOAT64 ? name##_double : name##_float, \
                  options); \
    }
#define BEGIN(name, T) \
    HOT static void name##_##T(const mt_update *update, const void *options) { \
        const mt_##name##_options *o = options; \
        const int64_t count = update->count; \
        T *p = update->parameter; \
        const T *g = update->gradient;

#define SQRT(x) __builtin_elementwise_sqrt(x)

// ---- SGD

#define SGD(T) \
    BEGIN(sgd, T) \
    T *momentum = update->states[0]; \
    const T rate = (T)o->learning_rate, decay = (T)o->weight_decay, keep = (T)o->momentum; \
    const T take = (T)(1 - o->dampening); \
    if (momentum == NULL || keep == 0) { \
        VECTOR for (int64_t i = 0; i < count; i++) p[i] -= rate * (g[i] + decay * p[i]); \
    } else if (o->first_step) { \
        const T scale = o->nesterov ? 1 + keep : (T)1; \
        VECTOR for (int64_t i = 0; i < count; i++) { \
            T slope = g[i] + decay * p[i]; \
            momentum[i] = slope; \
            p[i] -= rate * (slope * scale); \
        } \
    } else if (o->nesterov) { \
        VECTOR for (int64_t i = 0; i < count; i++) { \
            T slope = g[i] + decay * p[i], m = keep * momentum[i] + take * slope; \
            momentum[i] = m; \
            p[i] -= rate * (slope + keep * m); \
        } \
    } else { \
        VECTOR for (int64_t i = 0; i < count; i++) { \
            T slope = g[i] + decay * p[i], m = keep * momentum[i] + take * slope; \
            momentum[i] = m; \
            p[i] -= rate * m; \
        } \
    } \
    }
STEP(sgd, SGD)

// ---- Adam and its kin

#define ADAM_LOOP(T, SQUARE) \
    VECTOR for (int64_t i = 0; i < count; i++) { \
        T slope = g[i] + decay * p[i]; \
        T m = first[i] + take1 * (slope - first[i]), \
          v = keep2 * second[i] + take2 * (slope * slope); \
        first[i] = m; \
        second[i] = v; \
        p[i] = p[i] * shrink - (rate * m + direct * slope) / (SQRT(SQUARE) * root + epsilon); \
    }
#define ADAM(T) \
    BEGIN(adam, T) \
    T *first = update->states[0], *second = update->states[1], *greatest = update->states[2]; \
    const T take1 = (T)(1 - o->beta1), keep2 = (T)o->beta2, take2 = (T)(1 - o->beta2), \
            decay = (T)o->weight_decay, shrink = (T)o->shrink, rate = (T)o->mean_rate, \
            direct = (T)o->gradient_rate, root = (T)o->root_scale, epsilon = (T)o->epsilon; \
    if (greatest == NULL) { \
        ADAM_LOOP(T, v) \
    } else { \
        ADAM_LOOP(T, (greatest[i] = greatest[i] >= v ? greatest[i] : v)) \
    } \
    }
STEP(adam, ADAM)

#define ADAMAX(T) \
    BEGIN(adamax, T) \
    T *mean = update->states[0], *greatest = update->states[1]; \
    const T take1 = (T)(1 - o->beta1), keep2 = (T)o->beta2, decay = (T)o->weight_decay, \
            rate = (T)o->learning_rate, epsilon = (T)o->epsilon; \
    VECTOR for (int64_t i = 0; i < count; i++) { \
        T slope = g[i] + decay * p[i], size = __builtin_elementwise_abs(slope) + epsilon; \
        T m = mean[i] + take1 * (slope - mean[i]), \
          u = keep2 * greatest[i] >= size ? keep2 * greatest[i] : size; \
        mean[i] = m; \
        greatest[i] = u; \
        p[i] -= rate * (m / u); \
    } \
    }
STEP(adamax, ADAMAX)

// ---- Adagrad, Adadelta, RMSprop

#define ADAGRAD(T) \
    BEGIN(adagrad, T) \
    T *sum = update->states[0]; \
    const T rate = (T)o->learning_rate, decay = (T)o->weight_decay, epsilon = (T)o->epsilon; \
    VECTOR for (int64_t i = 0; i < count; i++) { \
        T slope = g[i] + decay * p[i], s = sum[i] + slope * slope; \
        sum[i] = s; \
        p[i] -= rate * (slope / (SQRT(s) + epsilon)); \
    } \
    }
STEP(adagrad, ADAGRAD)

#define ADADELTA(T) \
    BEGIN(adadelta, T) \
    T *square = update->states[0], *change = update->states[1]; \
    const T rate = (T)o->learning_rate, keep = (T)o->rho, take = (T)(1 - o->rho), \
            decay = (T)o->weight_decay, epsilon = (T)o->epsilon; \
    VECTOR for (int64_t i = 0; i < count; i++) { \
        T slope = g[i] + decay * p[i], s = keep * square[i] + take * (slope * slope); \
        T delta = SQRT(change[i] + epsilon) / SQRT(s + epsilon) * slope; \
        square[i] = s; \
        change[i] = keep * change[i] + take * (delta * delta); \
        p[i] -= rate * delta; \
    } \
    }
STEP(adadelta, ADADELTA)

#define RMSPROP_LOOP(T, SQUARE, MOVE) \
    VECTOR for (int64_t i = 0; i < count; i++) { \
        T slope = g[i] + decay * p[i], s = keep * square[i] + take * (slope * slope); \
        square[i] = s; \
        T step = slope / (SQRT(SQUARE) + epsilon); \
        p[i] -= rate * (MOVE); \
    }
#define RMSPROP(T) \
    BEGIN(rmsprop, T) \
    T *square = update->states[0], *mean = update->states[1]; \
    T *momentum = update->states[o->centered ? 2 : 1]; \
    const T rate = (T)o->learning_rate, keep = (T)o->alpha, take = (T)(1 - o->alpha), \
            decay = (T)o->weight_decay, epsilon = (T)o->epsilon, hold = (T)o->momentum; \
    if (o->centered && momentum != NULL) { \
        RMSPROP_LOOP(T, (mean[i] += take * (slope - mean[i]), s - mean[i] * mean[i]), \
                     (momentum[i] = hold * momentum[i] + step)) \
    } else if (o->centered) { \
        RMSPROP_LOOP(T, (mean[i] += take * (slope - mean[i]), s - mean[i] * mean[i]), step) \
    } else if (momentum != NULL) { \
        RMSPROP_LOOP(T, s, (momentum[i] = hold * momentum[i] + step)) \
    } else { \
        RMSPROP_LOOP(T, s, step) \
    } \
    }
STEP(rmsprop, RMSPROP)

// ---- Lion

#define LION(T) \
    BEGIN(lion, T) \
    T *mean = update->states[0]; \
    const T take1 = (T)(1 - o->beta1), take2 = (T)(1 - o->beta2), rate = (T)o->learning_rate, \
            shrink = (T)(1 - o->learning_rate * o->weight_decay); \
    VECTOR for (int64_t i = 0; i < count; i++) { \
        T way = mean[i] + take1 * (g[i] - mean[i]); \
        mean[i] += take2 * (g[i] - mean[i]); \
        p[i] = p[i] * shrink - rate * (T)((way > 0) - (way < 0)); \
    } \
    }
STEP(lion, LION)

// ---- Averages of weights

#define LERP(T) \
    BEGIN(lerp, T) \
    const T weight = (T)o->weight; \
    VECTOR for (int64_t i = 0; i < count; i++) p[i] += weight * (g[i] - p[i]); \
    }
STEP(lerp, LERP)
