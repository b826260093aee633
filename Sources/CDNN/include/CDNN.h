// Convolutions and matrix products on oneDNN, through a cache of primitives keyed by everything
// that shapes them; double precision products on OpenBLAS.
//
// Every function returns NULL when it worked, else a message (static or thread-local storage, valid
// until the next call on the thread); no C++ exception leaves. Threads are libgomp's, as many as
// mt_thread_count() says.
#ifndef MARTLET_DNN_H
#define MARTLET_DNN_H

#include <stdbool.h>
#include <stdint.h>
#include "CKernels.h"

#ifdef __cplusplus
extern "C" {
#endif

// A convolution along depth, height and width: images have depth 1, sequences height 1, too.
// Activations are dense channels-last (N, D, H, W, C); weights are plain (O, I / groups, KD, KH,
// KW), float32 (float64 for float64 activations). Padding has `before` and `after` zeros.
typedef struct {
    int64_t batch, in_channels, out_channels, groups;
    int64_t input[MT_VOLUME_DIMS], output[MT_VOLUME_DIMS], kernel[MT_VOLUME_DIMS];
    int64_t stride[MT_VOLUME_DIMS], dilation[MT_VOLUME_DIMS];
    int64_t before[MT_VOLUME_DIMS], after[MT_VOLUME_DIMS];
} mt_conv_shape;

// type: of x and y: float32, bfloat16 or float64. weights and bias are always float32 for float32
// and bfloat16. bias may be NULL. relu applies max(., 0) to the result. weights_version identifies
// the contents of `weights` (0: unknown): as long as the pointer and the version are the same, a
// reordered copy from an earlier call may be used again.
const char *mt_conv_forward(mt_dtype type, const mt_conv_shape *shape, const void *x,
                            const void *weights, uint64_t weights_version, const void *bias,
                            bool relu, void *y);
const char *mt_conv_backward_data(mt_dtype type, const mt_conv_shape *shape, const void *grad_y,
                                  const void *weights, uint64_t weights_version, void *grad_x);
// grad_weights has the layout and type of the weights; grad_bias may be NULL. Both are overwritten.
const char *mt_conv_backward_weights(mt_dtype type, const mt_conv_shape *shape, const void *x,
                                     const void *grad_y, void *grad_weights, void *grad_bias);

// c (m, n) = a (m, k) times b (k, n) (+ bias broadcast over rows, NULL for none; float32 for
// bfloat16 operands), for each of `batch` products. Strides count elements: row and column strides
// of which one is 1; batch strides may be 0. a_type, b_type, c_type: all float32, all float64, or
// bfloat16 operands with c float32 or bfloat16.
typedef struct {
    int64_t batch, m, n, k;
    int64_t a_batch, a_row, a_column, b_batch, b_row, b_column, c_batch, c_row;
} mt_matmul_shape;
const char *mt_matmul(mt_dtype operand_type, mt_dtype result_type, const mt_matmul_shape *shape,
                      const void *a, const void *b, const void *bias, bool relu, void *c);

// Whether this processor multiplies bfloat16 natively (AVX512-BF16 or AMX).
bool mt_has_native_bfloat16(void);
// "oneDNN 2.6.3, isa avx512_core_amx" and the like.
const char *mt_dnn_description(void);
// Drops cached primitives and reordered weights.
void mt_dnn_clear_cache(void);
int64_t mt_dnn_cached_primitives(void);

#ifdef __cplusplus
}
#endif
#endif
