// Batch normalisation: statistics, forward with residual and ReLU, and their gradients.
//
// Sums run in the computing type over chunks that depend on the sizes alone and are joined in order
// in double (Chan, Golub, LeVeque 1983, for the variances).
#include <math.h>

#include "batch_norm.h"

// Conversions of float16 keep some loops from being vectorised.
#pragma clang diagnostic ignored "-Wpass-failed"

enum {
    MT_BN_CHUNK = 65536,  // elements of a chunk of rows, about
    MT_BN_CHUNK_ROWS = 32 // the fewest rows that make a chunk
};

#define WITH_FLOAT16
#define BODY "batch_norm_body.h"
#include "for_real_types.h"

const mt_bn_kernels *mt_bn_kernels_of(mt_dtype type) {
    switch (type) {
    case MT_FLOAT64: return &float64_kernels;
    case MT_FLOAT16: return &float16_kernels;
    case MT_BFLOAT16: return &bfloat16_kernels;
    default: return &float32_kernels;
    }
}

mt_bn mt_bn_make(int64_t outer, int64_t channels, int64_t inner) {
    mt_bn bn = {.outer = outer, .channels = channels, .inner = inner, .fold = 1};
    if (inner == 1) {
        // Rows of whole vectors, and several of them.
        while (channels * bn.fold < 64 || (channels < 64 && channels * bn.fold % 16 != 0))
            bn.fold++;
        int64_t rows = max64(MT_BN_CHUNK_ROWS, MT_BN_CHUNK / (channels * bn.fold));
        bn.chunk_rows = rows * bn.fold;
        bn.chunks = div_up(outer, bn.chunk_rows);
    } else {
        bn.pieces = div_up(inner, MT_BN_PIECE);
    }
    return bn;
}

size_t mt_bn_partial_bytes(const mt_bn *bn) {
    int64_t pairs =
        bn->inner == 1 ? bn->chunks * bn->channels : bn->outer * bn->channels * bn->pieces;
    return (size_t)(2 * pairs) * sizeof(double);
}

void mt_bn_run_chunks(mt_bn *bn, mt_body rows, mt_body planes) {
    if (bn->inner == 1) {
        mt_parallel(bn->chunks, row_grain(bn->chunk_rows * bn->channels), rows, bn);
    } else {
        int64_t size = min64(bn->inner, MT_BN_PIECE);
        mt_parallel(bn->outer * bn->channels * bn->pieces, row_grain(size), planes, bn);
    }
}

void mt_bn_run_elements(mt_bn *bn, mt_body rows, mt_body planes) {
    if (bn->inner == 1) {
        mt_parallel(div_up(bn->outer, bn->fold), row_grain(bn->fold * bn->channels), rows, bn);
    } else {
        mt_parallel(bn->outer * bn->channels, row_grain(bn->inner), planes, bn);
    }
}

int64_t mt_bn_part_of(const mt_bn *bn, int64_t channel, int64_t i, double *first, double *second) {
    if (bn->inner == 1) {
        const double *chunk = bn->partial + i * 2 * bn->channels;
        *first = chunk[channel];
        *second = chunk[bn->channels + channel];
        return min64(bn->chunk_rows, bn->outer - i * bn->chunk_rows);
    }
    int64_t o = i / bn->pieces, piece = i % bn->pieces;
    const double *pair = bn->partial + 2 * ((o * bn->channels + channel) * bn->pieces + piece);
    *first = pair[0];
    *second = pair[1];
    return min64(MT_BN_PIECE, bn->inner - piece * MT_BN_PIECE);
}

int64_t mt_bn_part_count(const mt_bn *bn) {
    return bn->inner == 1 ? bn->chunks : bn->outer * bn->pieces;
}

void mt_bn_join(const mt_bn *bn, int64_t channel, mt_bn_moments *moments) {
    int64_t parts = mt_bn_part_count(bn);
    for (int64_t i = 0; i < parts; i++) {
        double mean, deviation, count = (double)mt_bn_part_of(bn, channel, i, &mean, &deviation);
        double distance = mean - moments->mean, joined = moments->count + count;
        moments->mean += distance * count / joined;
        moments->deviation += deviation + distance * distance * moments->count * count / joined;
        moments->count = joined;
    }
}

void mt_bn_add(const mt_bn *bn, int64_t channel, double *first, double *second) {
    *first = *second = 0;
    int64_t parts = mt_bn_part_count(bn);
    for (int64_t i = 0; i < parts; i++) {
        double a, b;
        mt_bn_part_of(bn, channel, i, &a, &b);
        *first += a;
        *second += b;
    }
}

void mt_batch_norm_statistics(mt_dtype type, int64_t outer, int64_t channels, int64_t inner,
                              const void *x, void *mean, void *variance) {
    if (channels == 0) return;
    mt_bn bn = mt_bn_make(outer, channels, inner);
    bn.x = x;
    bn.partial = mt_scratch(mt_bn_partial_bytes(&bn));
    const mt_bn_kernels *kernels = mt_bn_kernels_of(type);
    mt_bn_run_chunks(&bn, kernels->statistics_rows, kernels->statistics_planes);
    for (int64_t c = 0; c < channels; c++) {
        mt_bn_moments moments = {0, 0, 0};
        mt_bn_join(&bn, c, &moments);
        bool empty = moments.count == 0;
        put(type, mean, c, empty ? (double)NAN : moments.mean);
        put(type, variance, c, empty ? (double)NAN : fmax(moments.deviation, 0) / moments.count);
    }
    mt_deallocate(bn.partial, mt_bn_partial_bytes(&bn));
}

size_t mt_bn_constants_bytes(const mt_bn *bn, mt_dtype type, int64_t count) {
    return (size_t)(count * bn->fold * bn->channels) * (type == MT_FLOAT64 ? 8 : 4);
}

void mt_bn_put_constant(const mt_bn *bn, mt_dtype type, void *constants, int64_t which,
                        int64_t channel, double value) {
    int64_t width = bn->fold * bn->channels;
    for (int64_t j = channel; j < width; j += bn->channels)
        put(type, constants, which * width + j, value);
}

void mt_batch_norm(mt_dtype type, int64_t outer, int64_t channels, int64_t inner, const void *x,
                   const void *mean, const void *inv_std, const void *weight, const void *bias,
                   const void *residual, bool relu, void *y) {
    if (outer * channels * inner == 0) return;
    mt_bn bn = mt_bn_make(outer, channels, inner);
    bn.x = x;
    bn.y = y;
    bn.residual = residual;
    bn.relu = relu;
    size_t bytes = mt_bn_constants_bytes(&bn, type, 3);
    void *constants = mt_scratch(bytes);
    for (int64_t c = 0; c < channels; c++) {
        mt_bn_put_constant(&bn, type, constants, 0, c, get(type, mean, c));
        mt_bn_put_constant(&bn, type, constants, 1, c,
                           get(type, inv_std, c) * (weight == NULL ? 1 : get(type, weight, c)));
        mt_bn_put_constant(&bn, type, constants, 2, c, bias == NULL ? 0 : get(type, bias, c));
    }
    bn.constants = constants;
    const mt_bn_kernels *kernels = mt_bn_kernels_of(type);
    mt_bn_run_elements(&bn, kernels->forward_rows, kernels->forward_planes);
    mt_deallocate(constants, bytes);
}

void mt_batch_norm_grad(mt_dtype type, int64_t outer, int64_t channels, int64_t inner,
                        const void *x, const void *y, const void *grad, const void *mean,
                        const void *inv_std, const void *weight, bool relu, bool training,
                        void *grad_x, void *grad_weight, void *grad_bias, void *grad_residual) {
    if (channels == 0) return;
    mt_bn bn = mt_bn_make(outer, channels, inner);
    bn.x = x;
    bn.y = (void *)y; // only read
    bn.grad = grad;
    bn.relu = relu;
    bn.masked = grad_residual;
    size_t bytes = mt_bn_constants_bytes(&bn, type, 4);
    void *constants = mt_scratch(bytes);
    bn.constants = constants;
    for (int64_t c = 0; c < channels; c++)
        mt_bn_put_constant(&bn, type, constants, 0, c, get(type, mean, c));
    bn.partial = mt_scratch(mt_bn_partial_bytes(&bn));
    const mt_bn_kernels *kernels = mt_bn_kernels_of(type);
    mt_bn_run_chunks(&bn, kernels->sums_rows, kernels->sums_planes);

    double count = (double)(outer * inner);
    for (int64_t c = 0; c < channels; c++) {
        double total, product;
        mt_bn_add(&bn, c, &total, &product);
        double inverse = get(type, inv_std, c),
               scale = inverse * (weight == NULL ? 1 : get(type, weight, c));
        if (grad_weight != NULL) put(type, grad_weight, c, product * inverse);
        if (grad_bias != NULL) put(type, grad_bias, c, total);
        mt_bn_put_constant(&bn, type, constants, 1, c, scale);
        mt_bn_put_constant(&bn, type, constants, 2, c,
                           training ? -scale * inverse * inverse * product / count : 0);
        mt_bn_put_constant(&bn, type, constants, 3, c, training ? -scale * total / count : 0);
    }
    if (grad_x != NULL && outer * inner > 0) {
        bn.grad_x = grad_x;
        if (grad_residual != NULL) { // holds the masked gradient already
            bn.grad = grad_residual;
            bn.relu = false;
        }
        mt_bn_run_elements(&bn, kernels->backward_rows, kernels->backward_planes);
    }
    mt_deallocate(bn.partial, mt_bn_partial_bytes(&bn));
    mt_deallocate(constants, bytes);
}
