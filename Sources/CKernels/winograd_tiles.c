// The transforms of Winograd's convolutions between activations and points: see winograd.c.
#include "winograd.h"

// By pointer, since vectors as arguments are passed differently by different processors' code.
INLINE void float32_load(const float *from, vector *to) { *to = *(const vector *)from; }
INLINE void float32_store(float *to, const vector *value) { *(vector *)to = *value; }

INLINE void bfloat16_load(const bfloat16 *from, vector *to) {
    *to = (vector)(__builtin_convertvector(*(const halves *)from, bits) << 16);
}
INLINE void bfloat16_store(bfloat16 *to, const vector *value) {
    bits x = (bits)*value, rounded = (x + 0x7fff + ((x >> 16) & 1)) >> 16;
    bits is_nan = (bits)(*value != *value), quiet = (x >> 16) | 0x40;
    *(halves *)to = __builtin_convertvector((rounded & ~is_nan) | (quiet & is_nan), halves);
}

#define S float
#define LOAD load_float
#define STORE store_float
#define N(name) float32_##name
#include "winograd_body.h"
#undef S
#undef LOAD
#undef STORE
#undef N

#define S bfloat16
#define LOAD load_bfloat16
#define STORE store_bfloat16
#define N(name) bfloat16_##name
#include "winograd_body.h"
#undef S
#undef LOAD
#undef STORE
#undef N

void winograd_inputs(mt_dtype type, const tiling *t, const void *x, int64_t first, int64_t count,
                     int64_t depth, float *points, int64_t step) {
    (type == MT_BFLOAT16 ? bfloat16_inputs : float32_inputs)(t, x, first, count, depth, points,
                                                             step);
}

void winograd_gradients(mt_dtype type, const tiling *t, const void *grad_y, int64_t first,
                        int64_t count, int64_t rows, int64_t columns, float *points, int64_t step) {
    (type == MT_BFLOAT16 ? bfloat16_gradients : float32_gradients)(t, grad_y, first, count, rows,
                                                                   columns, points, step);
}

void winograd_outputs(mt_dtype type, const tiling *t, const float *points, int64_t step,
                      int64_t row, int64_t first, int64_t count, int64_t channel,
                      int64_t channels_end, const float *bias, bool relu, void *y) {
    (type == MT_BFLOAT16 ? bfloat16_outputs : float32_outputs)(
        t, points, step, row, first, count, channel, channels_end, bias, relu, y);
}
