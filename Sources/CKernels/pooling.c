// Pooling over channels-last images and volumes.
#include <math.h>

#include "internal.h"

// Conversions of float16 keep some loops from being vectorised.
#pragma clang diagnostic ignored "-Wpass-failed"

enum { MT_POOL_CELLS = 64 }; // cells of a window that are compared at once

// A window along one dimension.
typedef struct {
    int64_t origin;     // where it begins, maybe in the padding
    int64_t begin, end; // its cells that lie in the image, in steps of the dilation
    int64_t padded;     // its length up to the end of the padding
} span;

// The outputs, along one dimension, whose windows may hold a cell.
typedef struct {
    int64_t begin, end;
} range;

typedef struct {
    mt_pool_shape shape;
    bool adaptive; // argmax is the cell's place in the image, not in the window
    bool planes;   // channels outermost
    int64_t divisor;
    bool count_padding;
    const void *in;
    void *out;
    int32_t *argmax;               // NULL for averages
    span *spans[MT_VOLUME_DIMS];   // of each output along the dimension
    range *ranges[MT_VOLUME_DIMS]; // of each cell along the dimension, for gradients
} pool;

typedef struct {
    mt_body maxima, averages, gradients, plane_averages, plane_gradients;
} pool_kernels;

// A place in an image of a batch.
typedef struct {
    int64_t image, at[MT_VOLUME_DIMS];
} place;

INLINE place place_of(int64_t index, const int64_t *sizes) {
    place p;
    for (int d = MT_VOLUME_DIMS - 1; d >= 0; d--) {
        p.at[d] = index % sizes[d];
        index /= sizes[d];
    }
    p.image = index;
    return p;
}

INLINE void advance(place *p, const int64_t *sizes) {
    for (int d = MT_VOLUME_DIMS - 1; d >= 0; d--) {
        if (++p->at[d] < sizes[d]) return;
        p->at[d] = 0;
    }
    p->image++;
}

INLINE int64_t volume(const int64_t *sizes) { return sizes[0] * sizes[1] * sizes[2]; }

static span span_of(const pool *p, int d, int64_t at) {
    const mt_pool_shape *s = &p->shape;
    int64_t size = s->input[d];
    if (p->adaptive) {
        int64_t begin = at * size / s->output[d], end = div_up((at + 1) * size, s->output[d]);
        return (span){begin, begin, end, end - begin};
    }
    int64_t origin = at * s->stride[d] - s->padding[d];
    int64_t end = origin + (s->kernel[d] - 1) * s->dilation[d] + 1;
    // The first cell inside, in whole steps of the dilation.
    int64_t begin = origin < 0 ? origin + div_up(-origin, s->dilation[d]) * s->dilation[d] : origin;
    return (span){origin, begin, min64(end, size), min64(end, size + s->padding[d]) - origin};
}

static range range_of(const pool *p, int d, int64_t at) {
    const mt_pool_shape *s = &p->shape;
    int64_t in = s->input[d], out = s->output[d];
    if (p->adaptive) {
        // Bin i holds the cell when floor(i in / out) <= at < ceil((i + 1) in / out).
        return (range){at * out / in, min64(out, div_up((at + 1) * out, in))};
    }
    int64_t far = at + s->padding[d], first = far - (s->kernel[d] - 1) * s->dilation[d];
    return (range){first <= 0 ? 0 : div_up(first, s->stride[d]),
                   min64(out, far / s->stride[d] + 1)};
}

INLINE double divisor_of(const pool *p, const span *a, const span *b, const span *c) {
    if (p->divisor != 0) return (double)p->divisor;
    if (p->count_padding) return (double)(a->padded * b->padded * c->padded);
    return (double)((a->end - a->begin) * (b->end - b->begin) * (c->end - c->begin));
}

// Whether a window has a cell at a place along the dimension.
INLINE bool holds(const pool *p, int d, const span *window, int64_t at) {
    if (at < window->begin || at >= window->end) return false;
    int64_t step = p->shape.dilation[d];
    return step == 1 || (at - window->begin) % step == 0;
}

// What a cell counts as along a dimension in the numbers of argmax.
INLINE int64_t number_of(const pool *p, int d, const span *window, int64_t at) {
    if (p->adaptive) return at;
    int64_t step = p->shape.dilation[d];
    return step == 1 ? at - window->origin : (at - window->origin) / step;
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

static void run(pool *p, mt_dtype type, bool backward) {
    const mt_pool_shape *s = &p->shape;
    int64_t bytes = 0;
    for (int d = 0; d < MT_VOLUME_DIMS; d++)
        bytes += s->output[d] * (int64_t)sizeof(span) + s->input[d] * (int64_t)sizeof(range);
    char *tables = mt_scratch((size_t)bytes), *next = tables;
    for (int d = 0; d < MT_VOLUME_DIMS; d++) {
        p->spans[d] = (span *)next;
        p->ranges[d] = (range *)(p->spans[d] + s->output[d]);
        next = (char *)(p->ranges[d] + s->input[d]);
        for (int64_t i = 0; i < s->output[d]; i++) p->spans[d][i] = span_of(p, d, i);
        for (int64_t i = 0; i < s->input[d]; i++) p->ranges[d][i] = range_of(p, d, i);
    }
    const pool_kernels *kernels = kernels_of(type);
    int64_t inputs = volume(s->input), outputs = volume(s->output);
    if (p->planes) {
        mt_parallel(s->batch * s->channels, row_grain(inputs),
                    backward ? kernels->plane_gradients : kernels->plane_averages, p);
    } else if (backward) {
        mt_parallel(s->batch * inputs, row_grain(s->channels), kernels->gradients, p);
    } else {
        mt_parallel(s->batch * outputs, row_grain(s->channels * div_up(inputs, max64(1, outputs))),
                    p->argmax == NULL ? kernels->averages : kernels->maxima, p);
    }
    mt_deallocate(tables, (size_t)bytes);
}

// Only the sizes of an adaptive pooling are given; averages have no dilation.
static pool make(const mt_pool_shape *shape, bool adaptive, bool dilated, const void *in,
                 void *out) {
    pool p = {.shape = *shape, .adaptive = adaptive, .in = in, .out = out};
    for (int d = 0; d < MT_VOLUME_DIMS && !dilated; d++) p.shape.dilation[d] = 1;
    return p;
}

void mt_max_pool(mt_dtype type, const mt_pool_shape *shape, const void *x, void *y,
                 int32_t *argmax) {
    pool p = make(shape, false, true, x, y);
    p.argmax = argmax;
    run(&p, type, false);
}

void mt_max_pool_grad(mt_dtype type, const mt_pool_shape *shape, const void *grad,
                      const int32_t *argmax, void *grad_x) {
    pool p = make(shape, false, true, grad, grad_x);
    p.argmax = (int32_t *)argmax; // only read
    run(&p, type, true);
}

static pool make_average(const mt_pool_shape *shape, bool count_padding, int64_t divisor,
                         const void *in, void *out) {
    pool p = make(shape, false, false, in, out);
    p.count_padding = count_padding;
    p.divisor = divisor;
    return p;
}

void mt_average_pool(mt_dtype type, const mt_pool_shape *shape, bool count_padding, int64_t divisor,
                     const void *x, void *y) {
    pool p = make_average(shape, count_padding, divisor, x, y);
    run(&p, type, false);
}

void mt_average_pool_grad(mt_dtype type, const mt_pool_shape *shape, bool count_padding,
                          int64_t divisor, const void *grad, void *grad_x) {
    pool p = make_average(shape, count_padding, divisor, grad, grad_x);
    run(&p, type, true);
}

void mt_adaptive_average_pool(mt_dtype type, const mt_pool_shape *shape, bool channels_last,
                              const void *x, void *y) {
    pool p = make(shape, true, false, x, y);
    p.planes = !channels_last;
    run(&p, type, false);
}

void mt_adaptive_average_pool_grad(mt_dtype type, const mt_pool_shape *shape, bool channels_last,
                                   const void *grad, void *grad_x) {
    pool p = make(shape, true, false, grad, grad_x);
    p.planes = !channels_last;
    run(&p, type, true);
}

void mt_adaptive_max_pool(mt_dtype type, const mt_pool_shape *shape, const void *x, void *y,
                          int32_t *argmax) {
    pool p = make(shape, true, false, x, y);
    p.argmax = argmax;
    // Places in the image.
    for (int d = 0; d < MT_VOLUME_DIMS; d++) p.shape.kernel[d] = shape->input[d];
    run(&p, type, false);
}

void mt_adaptive_max_pool_grad(mt_dtype type, const mt_pool_shape *shape, const void *grad,
                               const int32_t *argmax, void *grad_x) {
    pool p = make(shape, true, false, grad, grad_x);
    p.argmax = (int32_t *)argmax; // only read
    for (int d = 0; d < MT_VOLUME_DIMS; d++) p.shape.kernel[d] = shape->input[d];
    run(&p, type, true);
}
