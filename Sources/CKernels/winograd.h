// What the transforms and the products of Winograd's convolutions share: see winograd.c.
#ifndef MARTLET_WINOGRAD_H
#define MARTLET_WINOGRAD_H

#include "internal.h"

enum {
    TILE = 4,                // outputs along a side of a tile
    SPAN = 6,                // inputs along a side
    POINTS = 36,             // products in place of 16 * 9
    LANES = 16,              // floats in a vector
    VECTORS = 2,             // of a row of a panel
    PANEL = VECTORS * LANES, // columns of a panel of a packed matrix
    UNEVEN = LANES, // floats between points: whole pages apart they would share a cache line
};

typedef float vector __attribute__((vector_size(4 * LANES), aligned(4)));
typedef int32_t mask __attribute__((vector_size(4 * LANES), aligned(4)));
typedef uint32_t bits __attribute__((vector_size(4 * LANES), aligned(4)));
typedef uint16_t halves __attribute__((vector_size(2 * LANES), aligned(2)));

INLINE int64_t up_to(int64_t count, int64_t multiple) { return div_up(count, multiple) * multiple; }

// The tiles of all images, row by row.
typedef struct {
    const mt_winograd_shape *shape;
    int64_t rows, columns, count;
} tiling;

INLINE tiling tiling_of(const mt_winograd_shape *s) {
    int64_t rows = div_up(s->out_height, TILE), columns = div_up(s->out_width, TILE);
    return (tiling){s, rows, columns, s->batch * rows * columns};
}

// A tile's image and its first output.
typedef struct {
    int64_t image, row, column;
} tile;

INLINE tile tile_at(const tiling *t, int64_t index) {
    return (tile){index / (t->rows * t->columns), index / t->columns % t->rows * TILE,
                  index % t->columns * TILE};
}

// Rows to columns: blocks of one, two, four and eight change places across the diagonal.
INLINE void transpose(vector *rows) {
#define TURN(n, low, high) \
    _Pragma("clang loop unroll(full)") for (int i = 0; i < LANES; i++) { \
        if ((i & n) == 0) { \
            const vector one = rows[i], other = rows[i + n]; \
            rows[i] = __builtin_shufflevector(one, other, low); \
            rows[i + n] = __builtin_shufflevector(one, other, high); \
        } \
    }
#define LOW_1 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30
#define HIGH_1 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31
#define LOW_2 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29
#define HIGH_2 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31
#define LOW_4 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27
#define HIGH_4 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31
#define LOW_8 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23
#define HIGH_8 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31
    TURN(8, LOW_8, HIGH_8)
    TURN(4, LOW_4, HIGH_4)
    TURN(2, LOW_2, HIGH_2)
    TURN(1, LOW_1, HIGH_1)
}
#undef TURN
#undef LOW_1
#undef HIGH_1
#undef LOW_2
#undef HIGH_2
#undef LOW_4
#undef HIGH_4
#undef LOW_8
#undef HIGH_8

// ---- Blocks of tiles

// Light weights stay in the cache beside the points of a block: blocks go to a thread each, which
// runs the parallel loops within it alone. Heavy ones are rather read once: all threads work on one
// large block, the products cut by points.
INLINE bool winograd_is_heavy(const mt_winograd_shape *s) {
    return s->in_channels * s->out_channels > 1 << 15;
}

// Beside few tiles, reading heavy weights at the points from memory, or their gradient, would take
// longer than the products: a part at a time goes there and back in the cache.
INLINE bool winograd_in_panels(const mt_winograd_shape *s) {
    return winograd_is_heavy(s) && tiling_of(s).count <= 48;
}
INLINE bool winograd_in_squares(const mt_winograd_shape *s) {
    return winograd_is_heavy(s) && tiling_of(s).count <= 160;
}

// How many of `tiles` make a block; the blocks are as equal as can be.
INLINE int64_t winograd_block(const tiling *t, int64_t tiles) {
    const int64_t in = t->shape->in_channels, out = t->shape->out_channels;
    const int64_t light = 1 << 20; // bytes of a block's points
    const int64_t most = winograd_is_heavy(t->shape) ? in * out / (in + out)
                                                     : max64(24, light / (POINTS * 4 * (in + out)));
    return div_up(tiles, div_up(tiles, most));
}

// ---- Between activations and points; type: of the activations

// The inputs of some tiles at the points, (point, tile, channel) with `depth` channels; those of a
// point `step` floats further.
void winograd_inputs(mt_dtype type, const tiling *t, const void *x, int64_t first, int64_t count,
                     int64_t depth, float *points, int64_t step);
// The gradients of some tiles' outputs at the points, as packed matrices (point, panel, tile,
// column) of `rows` tiles.
void winograd_gradients(mt_dtype type, const tiling *t, const void *grad_y, int64_t first,
                        int64_t count, int64_t rows, int64_t columns, float *points, int64_t step);
// Products (point, tile, column), `step` and `row` floats apart, to some channels of the outputs of
// some tiles.
void winograd_outputs(mt_dtype type, const tiling *t, const float *points, int64_t step,
                      int64_t row, int64_t first, int64_t count, int64_t channel,
                      int64_t channels_end, const float *bias, bool relu, void *y);

// ---- Weights

// Floats from one point's weights to the next's, where all are kept.
INLINE int64_t winograd_weight_step(int64_t in, int64_t out) {
    return up_to(out, PANEL) * in + UNEVEN;
}

// The kernels of some inputs and LANES outputs from `first` on at the points: those of an input go
// to a row of a panel, those of a point `step` floats further.
void winograd_kernels(const mt_winograd_shape *s, const float *weights, bool turned, int64_t first,
                      int64_t input, int64_t inputs, float *to, int64_t step);

// ---- Products

// c (rows, columns) = a (rows, depth) times a packed matrix (panel, depth, PANEL), or that added to
// c; `columns` is a multiple of PANEL.
void winograd_multiply(int64_t rows, const float *a, int64_t a_row, int64_t a_depth, int64_t depth,
                       const float *packed, int64_t columns, float *c, int64_t c_row, bool add);

// ---- One dimension of the transforms, for the points 0, 3/4, -3/4, 3/2, -3/2 and infinity: the
// even and the odd part of a polynomial serve a point and its negative at once.

#define A 0.75f
#define B 1.5f

// Six inputs at the points.
INLINE void input_points(const vector *d, vector *p) {
    const float product = A * A * B * B, sum = A * A + B * B;
    vector even = d[4] - B * B * d[2], odd = A * (d[3] - B * B * d[1]);
    p[0] = product * d[0] - sum * d[2] + d[4];
    p[1] = even + odd;
    p[2] = even - odd;
    even = d[4] - A * A * d[2];
    odd = B * (d[3] - A * A * d[1]);
    p[3] = even + odd;
    p[4] = even - odd;
    p[5] = product * d[1] - sum * d[3] + d[5];
}

// `count` coefficients, 3 of a kernel or 4 of an output's gradient, at the points.
INLINE void kernel_points(const int count, const vector *g, vector *p) {
    const float near = 1 / (2 * A * A * (A * A - B * B)), far = 1 / (2 * B * B * (B * B - A * A));
    vector odd_near = A * g[1], odd_far = B * g[1];
    if (count == 4) {
        odd_near += A * A * A * g[3];
        odd_far += B * B * B * g[3];
    }
    vector even = g[0] + A * A * g[2];
    p[0] = 1 / (A * A * B * B) * g[0];
    p[1] = near * (even + odd_near);
    p[2] = near * (even - odd_near);
    even = g[0] + B * B * g[2];
    p[3] = far * (even + odd_far);
    p[4] = far * (even - odd_far);
    p[5] = g[count - 1];
}

// Products at the points to `count` outputs: 4 of a tile or 3 of a kernel's gradient.
INLINE void outputs_of(const int count, const vector *p, vector *y) {
    vector even_near = p[1] + p[2], odd_near = p[1] - p[2];
    vector even_far = p[3] + p[4], odd_far = p[3] - p[4];
    y[0] = p[0] + even_near + even_far;
    y[1] = A * odd_near + B * odd_far;
    y[2] = A * A * even_near + B * B * even_far;
    if (count == 4) y[3] = A * A * A * odd_near + B * B * B * odd_far;
    y[count - 1] += p[5];
}

#undef A
#undef B

#endif
