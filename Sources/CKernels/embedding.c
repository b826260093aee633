// The greatest of the rows of each bag.
#include "internal.h"

typedef struct {
    int64_t size;
    const int64_t *offsets;
    const void *rows;
    void *dst;
    int64_t *place;
} bagging;

// An empty bag gives 0; the first of equals is remembered, and a NaN wins.
#define BAG_MAX(T) \
    HOT static void bag_max_##T(int64_t size, int64_t first, int64_t last, const T *rows, T *dst, \
                                int64_t *place) { \
        for (int64_t j = 0; j < size; j++) { \
            dst[j] = first < last ? rows[first * size + j] : 0; \
            place[j] = first < last ? first : -1; \
        } \
        for (int64_t row = first + 1; row < last; row++) { \
            for (int64_t j = 0; j < size; j++) { \
                T value = rows[row * size + j]; \
                bool greater = value > dst[j] || (value != value && dst[j] == dst[j]); \
                dst[j] = greater ? value : dst[j]; \
                place[j] = greater ? row : place[j]; \
            } \
        } \
    } \
    static void bags_max_##T(int64_t begin, int64_t end, void *context) { \
        const bagging *x = context; \
        for (int64_t bag = begin; bag < end; bag++) \
            bag_max_##T(x->size, x->offsets[bag], x->offsets[bag + 1], x->rows, \
                        (T *)x->dst + bag * x->size, x->place + bag * x->size); \
    } \
    /* Every row belongs to one bag, so no two meet. */ \
    static void bags_max_grad_##T(int64_t begin, int64_t end, void *context) { \
        const bagging *x = context; \
        for (int64_t i = begin * x->size; i < end * x->size; i++) { \
            if (x->place[i] < 0) continue; \
            ((T *)x->dst)[x->place[i] * x->size + i % x->size] = ((const T *)x->rows)[i]; \
        } \
    }
BAG_MAX(float)
BAG_MAX(double)

void mt_bag_max(mt_dtype type, int64_t bags, int64_t size, const int64_t *offsets, const void *rows,
                void *dst, int64_t *place) {
    bagging x = {size, offsets, rows, dst, place};
    mt_parallel(bags, row_grain(4 * size), type == MT_FLOAT64 ? bags_max_double : bags_max_float,
                &x);
}

void mt_bag_max_grad(mt_dtype type, int64_t bags, int64_t size, const int64_t *place,
                     const void *grad, void *dst) {
    bagging x = {.size = size, .rows = grad, .dst = dst, .place = (int64_t *)place};
    mt_parallel(bags, row_grain(4 * size),
                type == MT_FLOAT64 ? bags_max_grad_double : bags_max_grad_float, &x);
}
