// Pooling over channels-last images.
#include <math.h>

#include "internal.h"

// Conversions of float16 keep some loops from being vectorised.
#pragma clang diagnostic ignored "-Wpass-failed"

enum { MT_POOL_CELLS = 64 }; // cells of a window that are compared at once

typedef struct {
    mt_pool_shape shape;
    bool adaptive, absolute; // absolute: argmax is the cell's place in the image
    int64_t pad_bottom, pad_right, divisor;
    bool count_padding;
    const void *in;
    void *out;
    int32_t *argmax; // NULL for averages
} pool;

typedef struct {
    mt_body max_rows, average_rows, gradient_rows;
} pool_kernels;

// The cells of an output's window that lie in the image, from top to before bottom in steps of the
// dilation.
typedef struct {
    int64_t origin_top, origin_left; // where the window begins, maybe in the padding
    int64_t top, bottom, left, right;
    double divisor;
} window;

typedef struct {
    int64_t begin, end;
} range;

static window window_of(const pool *p, int64_t row, int64_t column) {
    const mt_pool_shape *s = &p->shape;
    window w;
    if (p->adaptive) {
        w.top = w.origin_top = row * s->in_height / s->out_height;
        w.left = w.origin_left = column * s->in_width / s->out_width;
        w.bottom = div_up((row + 1) * s->in_height, s->out_height);
        w.right = div_up((column + 1) * s->in_width, s->out_width);
        w.divisor = (double)((w.bottom - w.top) * (w.right - w.left));
        return w;
    }
    w.origin_top = row * s->stride_height - s->pad_top;
    w.origin_left = column * s->stride_width - s->pad_left;
    int64_t bottom = w.origin_top + (s->kernel_height - 1) * s->dilation_height + 1;
    int64_t right = w.origin_left + (s->kernel_width - 1) * s->dilation_width + 1;
    int64_t padded_bottom = min64(bottom, s->in_height + p->pad_bottom);
    int64_t padded_right = min64(right, s->in_width + p->pad_right);
    int64_t whole = (padded_bottom - w.origin_top) * (padded_right - w.origin_left);
    // The first cell inside, in whole steps of the dilation.
    w.top = w.origin_top < 0
                ? w.origin_top + div_up(-w.origin_top, s->dilation_height) * s->dilation_height
                : w.origin_top;
    w.left = w.origin_left < 0
                 ? w.origin_left + div_up(-w.origin_left, s->dilation_width) * s->dilation_width
                 : w.origin_left;
    w.bottom = min64(bottom, s->in_height);
    w.right = min64(right, s->in_width);
    int64_t inside = (w.bottom - w.top) * (w.right - w.left);
    w.divisor = (double)(p->divisor != 0 ? p->divisor : p->count_padding ? whole : inside);
    return w;
}

// The outputs, along one dimension, whose windows may hold the input's cell at `at`.
static range covering(const pool *p, int64_t at, bool vertical) {
    const mt_pool_shape *s = &p->shape;
    int64_t in = vertical ? s->in_height : s->in_width,
            out = vertical ? s->out_height : s->out_width;
    if (p->adaptive) {
        // Bin i holds the cell when floor(i in / out) <= at < ceil((i + 1) in / out).
        return (range){at * out / in, min64(out, div_up((at + 1) * out, in))};
    }
    int64_t stride = vertical ? s->stride_height : s->stride_width,
            pad = vertical ? s->pad_top : s->pad_left;
    int64_t reach = vertical ? (s->kernel_height - 1) * s->dilation_height
                             : (s->kernel_width - 1) * s->dilation_width;
    int64_t first = at + pad - reach, end = min64(out, (at + pad) / stride + 1);
    return (range){first <= 0 ? 0 : div_up(first, stride), end};
}

static bool covers(const pool *p, const window *w, int64_t row, int64_t column) {
    if (row < w->top || row >= w->bottom || column < w->left || column >= w->right) return false;
    if (p->adaptive) return true;
    return (row - w->top) % p->shape.dilation_height == 0 &&
           (column - w->left) % p->shape.dilation_width == 0;
}

#define WITH_FLOAT16
#define BODY "pool_body.h"
#include "for_real_types.h"

static const pool_kernels *kernels_of(mt_dtype type) {
    switch (type) {
    case MT_FLOAT64: return &float64_kernels;
    case MT_FLOAT16: return &float16_kernels;
    case MT_BFLOAT16: return &bfloat16_kernels;
    default: return &float32_kernels;
    }
}

static void run_forward(pool *p, mt_body body) {
    const mt_pool_shape *s = &p->shape;
    int64_t per_row = s->out_width * s->channels *
                      div_up(s->in_height * s->in_width, max64(1, s->out_height * s->out_width));
    mt_parallel(s->batch * s->out_height, row_grain(per_row), body, p);
}

static void run_backward(pool *p, mt_dtype type) {
    const mt_pool_shape *s = &p->shape;
    mt_parallel(s->batch * s->in_height, row_grain(s->in_width * s->channels),
                kernels_of(type)->gradient_rows, p);
}

// Only the sizes of an adaptive pooling are given.
static pool make_adaptive(const mt_pool_shape *shape, const void *in, void *out) {
    pool p = {.adaptive = true, .absolute = true, .in = in, .out = out};
    p.shape.batch = shape->batch;
    p.shape.channels = shape->channels;
    p.shape.in_height = shape->in_height;
    p.shape.in_width = shape->in_width;
    p.shape.out_height = shape->out_height;
    p.shape.out_width = shape->out_width;
    p.shape.dilation_height = p.shape.dilation_width = 1;
    return p;
}

void mt_max_pool(mt_dtype type, const mt_pool_shape *shape, const void *x, void *y,
                 int32_t *argmax) {
    pool p = {.shape = *shape, .in = x, .out = y, .argmax = argmax};
    run_forward(&p, kernels_of(type)->max_rows);
}

void mt_max_pool_grad(mt_dtype type, const mt_pool_shape *shape, const void *grad,
                      const int32_t *argmax, void *grad_x) {
    pool p = {.shape = *shape, .in = grad, .out = grad_x, .argmax = (int32_t *)argmax};
    run_backward(&p, type);
}

static pool make_average(const mt_pool_shape *shape, int64_t pad_bottom, int64_t pad_right,
                         bool count_padding, int64_t divisor, const void *in, void *out) {
    pool p = {.shape = *shape,
              .pad_bottom = pad_bottom,
              .pad_right = pad_right,
              .divisor = divisor,
              .count_padding = count_padding,
              .in = in,
              .out = out};
    // Averages have no dilation.
    p.shape.dilation_height = p.shape.dilation_width = 1;
    return p;
}

void mt_average_pool(mt_dtype type, const mt_pool_shape *shape, int64_t pad_bottom,
                     int64_t pad_right, bool count_padding, int64_t divisor, const void *x,
                     void *y) {
    pool p = make_average(shape, pad_bottom, pad_right, count_padding, divisor, x, y);
    run_forward(&p, kernels_of(type)->average_rows);
}

void mt_average_pool_grad(mt_dtype type, const mt_pool_shape *shape, int64_t pad_bottom,
                          int64_t pad_right, bool count_padding, int64_t divisor, const void *grad,
                          void *grad_x) {
    pool p = make_average(shape, pad_bottom, pad_right, count_padding, divisor, grad, grad_x);
    run_backward(&p, type);
}

void mt_adaptive_average_pool(mt_dtype type, const mt_pool_shape *shape, const void *x, void *y) {
    pool p = make_adaptive(shape, x, y);
    run_forward(&p, kernels_of(type)->average_rows);
}

void mt_adaptive_average_pool_grad(mt_dtype type, const mt_pool_shape *shape, const void *grad,
                                   void *grad_x) {
    pool p = make_adaptive(shape, grad, grad_x);
    run_backward(&p, type);
}

void mt_adaptive_max_pool(mt_dtype type, const mt_pool_shape *shape, const void *x, void *y,
                          int32_t *argmax) {
    pool p = make_adaptive(shape, x, y);
    p.argmax = argmax;
    run_forward(&p, kernels_of(type)->max_rows);
}

void mt_adaptive_max_pool_grad(mt_dtype type, const mt_pool_shape *shape, const void *grad,
                               const int32_t *argmax, void *grad_x) {
    pool p = make_adaptive(shape, grad, grad_x);
    p.argmax = (int32_t *)argmax;
    run_backward(&p, type);
}
