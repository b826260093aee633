// Layer normalisation (Ba et al. 2016) and root mean square normalisation (Zhang and Sennrich 2019)
// of rows, and their gradients.
#include "internal.h"

typedef struct {
    const mt_layer_norm *norm;
    int64_t chunk_rows; // a function of the sizes alone
    void *partial;      // two rows of sums for each chunk; NULL where no parameter wants a gradient
} norm_grad;

#define BODY "layer_norm_body.h"
#include "for_real_types.h"

// The chunks' parts added up in order.
#define JOIN(T) \
    static void join_##T(const norm_grad *g, int64_t chunks) { \
        const mt_layer_norm *n = g->norm; \
        T *sums[2] = {n->grad_weight, n->grad_bias}; \
        for (int which = 0; which < 2; which++) { \
            if (sums[which] == NULL) continue; \
            memset(sums[which], 0, (size_t)n->size * sizeof(T)); \
            for (int64_t chunk = 0; chunk < chunks; chunk++) { \
                const T *part = (const T *)g->partial + (2 * chunk + which) * n->size; \
                for (int64_t i = 0; i < n->size; i++) sums[which][i] += part[i]; \
            } \
        } \
    }
JOIN(float)
JOIN(double)

void mt_layer_norm_forward(mt_dtype type, const mt_layer_norm *n) {
    mt_body rows = type == MT_FLOAT64    ? float64_norm_rows
                   : type == MT_BFLOAT16 ? bfloat16_norm_rows
                                         : float32_norm_rows;
    mt_parallel(n->rows, row_grain(n->size), rows, (void *)n);
}

void mt_layer_norm_backward(mt_dtype type, const mt_layer_norm *n) {
    norm_grad g = {.norm = n, .chunk_rows = max64(16, 65536 / max64(1, n->size))};
    int64_t chunks = div_up(n->rows, g.chunk_rows);
    size_t bytes = (size_t)(chunks * 2 * n->size) * (type == MT_FLOAT64 ? 8 : 4);
    bool sums = n->grad_weight != NULL || n->grad_bias != NULL;
    if (sums) g.partial = mt_scratch(bytes);
    mt_body rows = type == MT_FLOAT64    ? float64_norm_grad_chunks
                   : type == MT_BFLOAT16 ? bfloat16_norm_grad_chunks
                                         : float32_norm_grad_chunks;
    mt_parallel(chunks, row_grain(g.chunk_rows * n->size), rows, &g);
    if (!sums) return;
    if (type == MT_FLOAT64) {
        join_double(&g, chunks);
    } else {
        join_float(&g, chunks);
    }
    mt_deallocate(g.partial, bytes);
}
