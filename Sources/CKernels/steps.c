// Weighted sums over the steps of sequences.
#include "internal.h"

typedef struct {
    int64_t steps, size;
    const void *x, *weights;
    void *y;
} weighted;

// Steps are added one after another, those of weight 0 not at all: what padding holds, and how much
// of it there is, changes no bit.
#define WEIGHTED_STEPS(T) \
    HOT static void weighted_##T(int64_t begin, int64_t end, void *context) { \
        const weighted *w = context; \
        for (int64_t row = begin; row < end; row++) { \
            const T *x = (const T *)w->x + row * w->steps * w->size, \
                    *weights = (const T *)w->weights + row * w->steps; \
            T *y = (T *)w->y + row * w->size; \
            for (int64_t j = 0; j < w->size; j++) y[j] = 0; \
            for (int64_t t = 0; t < w->steps; t++, x += w->size) { \
                const T weight = weights[t]; \
                if (weight == 0) continue; \
                VECTOR for (int64_t j = 0; j < w->size; j++) y[j] += weight * x[j]; \
            } \
        } \
    }
WEIGHTED_STEPS(float)
WEIGHTED_STEPS(double)

void mt_weighted_steps(mt_dtype type, int64_t batch, int64_t steps, int64_t size, const void *x,
                       const void *weights, void *y) {
    weighted w = {steps, size, x, weights, y};
    mt_parallel(batch, row_grain(steps * size),
                type == MT_FLOAT64 ? weighted_double : weighted_float, &w);
}
