// What the transforms and the products of Winograd's convolutions share: see winograd.c.
#ifndef MARTLET_WINOGRAD_H
#define MARTLET_WINOGRAD_H

#include "internal.h"

enum {
    TILE = 4,          // outputs along a side of a tile
    SPAN = 6,          // inputs along a side
    POINTS = 36,       // products in place of 16 * 9
    LANES = 16,        // floats in a vector
    PANEL = 4 * LANES, // columns of a panel of a packed matrix
    UNEVEN = LANES,    // floats between points: whole pages apart they would share a cache line
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
