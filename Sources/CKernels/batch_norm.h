// What normalisations by channel share: passes over a block (outer, channels, inner) that give sums
// for each channel or apply numbers of each channel.
#ifndef MARTLET_BATCH_NORM_H
#define MARTLET_BATCH_NORM_H

#include "internal.h"

enum { MT_BN_PIECE = 16384 }; // elements of a plane that are summed as one chunk

typedef struct {
    int64_t outer, channels, inner;
    int64_t fold, chunk_rows, chunks; // channels-last
    int64_t pieces;                   // of each plane, otherwise
    const void *x, *grad, *residual;
    void *y, *masked, *grad_x;
    const void *constants; // channels' constants, one after the other, each repeated `fold` times
    double *partial;       // two numbers of each chunk and channel, or of each piece
    bool relu;
} mt_bn;

typedef struct {
    mt_body statistics_rows, statistics_planes, forward_rows, forward_planes;
    mt_body sums_rows, sums_planes, backward_rows, backward_planes;
} mt_bn_kernels;

mt_bn mt_bn_make(int64_t outer, int64_t channels, int64_t inner);
const mt_bn_kernels *mt_bn_kernels_of(mt_dtype type);
size_t mt_bn_partial_bytes(const mt_bn *bn);
// Runs one of two passes: over chunks of rows, or over pieces of planes.
void mt_bn_run_chunks(mt_bn *bn, mt_body rows, mt_body planes);
void mt_bn_run_elements(mt_bn *bn, mt_body rows, mt_body planes);

// The parts that a channel's sums come in.
int64_t mt_bn_part_count(const mt_bn *bn);
// Both numbers of the i-th part, and how many elements they are of.
int64_t mt_bn_part_of(const mt_bn *bn, int64_t channel, int64_t i, double *first, double *second);

// A mean and the sum of squared deviations from it, joined part by part.
typedef struct {
    double count, mean, deviation;
} mt_bn_moments;
void mt_bn_join(const mt_bn *bn, int64_t channel, mt_bn_moments *moments);
// Both sums of a channel.
void mt_bn_add(const mt_bn *bn, int64_t channel, double *first, double *second);

// Room for `count` constants of each channel, in the order the kernels read them.
size_t mt_bn_constants_bytes(const mt_bn *bn, mt_dtype type, int64_t count);
void mt_bn_put_constant(const mt_bn *bn, mt_dtype type, void *constants, int64_t which,
                        int64_t channel, double value);

// Parameters and statistics are double for float64, float otherwise.
INLINE double get(mt_dtype type, const void *values, int64_t i) {
    return type == MT_FLOAT64 ? ((const double *)values)[i] : (double)((const float *)values)[i];
}

INLINE void put(mt_dtype type, void *values, int64_t i, double value) {
    if (type == MT_FLOAT64) {
        ((double *)values)[i] = value;
    } else {
        ((float *)values)[i] = (float)value;
    }
}

#endif
