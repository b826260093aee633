// Softmax and cross-entropy.
#include "floating_math.h"

// double's exponentials are calls.
#pragma clang diagnostic ignored "-Wpass-failed"

typedef struct {
    int64_t classes, inner;
    bool logarithm;
    const void *src, *grad; // for the gradient, src is the output
    void *dst;
} softmax;

typedef struct {
    int64_t outer, classes, inner, ignore_index, scale_stride;
    double smoothing;
    const void *logits, *weight, *scale;
    const int64_t *target;
    void *loss, *row_weight, *log_sum_exp, *dst;
} entropy;

typedef struct {
    mt_body softmax_units, entropy_rows, entropy_grad_rows, entropy_lanes, entropy_grad_lanes;
} softmax_kernels;

enum {
    LANES = 32,
    COLUMNS = 128, // rows that softmax takes side by side
};

// Some rows that are worked on side by side: the number of the first, how many, and where they lie.
typedef struct {
    int64_t first, count, at, row_stride, class_stride;
} lanes;

// How many rows lie one step from each other.
static int64_t even_rows(const entropy *e) { return e->inner > 1 ? e->inner : e->outer; }

static lanes lanes_of(const entropy *e, int64_t block) {
    int64_t rows = even_rows(e), blocks = div_up(rows, LANES);
    int64_t group = block / blocks, begin = block % blocks * LANES;
    lanes l = {.first = group * rows + begin,
               .count = min64(LANES, rows - begin),
               .row_stride = e->inner > 1 ? 1 : e->classes,
               .class_stride = e->inner};
    l.at = group * rows * e->classes + begin * l.row_stride;
    return l;
}

#define WITH_FLOAT16
#define BODY "softmax_body.h"
#include "for_real_types.h"

static const softmax_kernels *kernels_of(mt_dtype type) {
    switch (type) {
    case MT_FLOAT64: return &float64_kernels;
    case MT_FLOAT16: return &float16_kernels;
    case MT_BFLOAT16: return &bfloat16_kernels;
    default: return &float32_kernels;
    }
}

// An exponential is worth several elements of a plain loop.
static int64_t grain(int64_t classes) { return row_grain(4 * classes); }

static void run_softmax(mt_dtype type, int64_t outer, softmax *s) {
    int64_t blocks = div_up(s->inner, COLUMNS);
    mt_parallel(outer * blocks, grain(s->classes * min64(s->inner, COLUMNS)),
                kernels_of(type)->softmax_units, s);
}

void mt_softmax(mt_dtype type, int64_t outer, int64_t classes, int64_t inner, bool logarithm,
                const void *src, void *dst) {
    softmax s = {
        .classes = classes, .inner = inner, .logarithm = logarithm, .src = src, .dst = dst};
    run_softmax(type, outer, &s);
}

void mt_softmax_grad(mt_dtype type, int64_t outer, int64_t classes, int64_t inner, bool logarithm,
                     const void *output, const void *grad, void *dst) {
    softmax s = {.classes = classes,
                 .inner = inner,
                 .logarithm = logarithm,
                 .src = output,
                 .grad = grad,
                 .dst = dst};
    run_softmax(type, outer, &s);
}

// In lanes, unless many classes lie side by side.
static void run_entropy(entropy *e, mt_body by_row, mt_body by_lane) {
    int64_t rows = e->outer * e->inner;
    if (rows == 0) return;
    if (e->inner == 1 && e->classes > 4 * LANES) {
        mt_parallel(rows, grain(e->classes), by_row, e);
    } else {
        int64_t blocks = rows / even_rows(e) * div_up(even_rows(e), LANES);
        mt_parallel(blocks, grain(e->classes * LANES), by_lane, e);
    }
}

void mt_cross_entropy(mt_dtype type, int64_t outer, int64_t classes, int64_t inner,
                      const void *logits, const int64_t *target, const void *weight,
                      double smoothing, int64_t ignore_index, void *loss, void *row_weight,
                      void *log_sum_exp) {
    entropy e = {.outer = outer,
                 .classes = classes,
                 .inner = inner,
                 .ignore_index = ignore_index,
                 .smoothing = smoothing,
                 .logits = logits,
                 .weight = weight,
                 .target = target,
                 .loss = loss,
                 .row_weight = row_weight,
                 .log_sum_exp = log_sum_exp};
    run_entropy(&e, kernels_of(type)->entropy_rows, kernels_of(type)->entropy_lanes);
}

void mt_cross_entropy_grad(mt_dtype type, int64_t outer, int64_t classes, int64_t inner,
                           const void *logits, const int64_t *target, const void *weight,
                           double smoothing, int64_t ignore_index, const void *log_sum_exp,
                           const void *scale, int64_t scale_stride, void *dst) {
    entropy e = {.outer = outer,
                 .classes = classes,
                 .inner = inner,
                 .ignore_index = ignore_index,
                 .scale_stride = scale_stride,
                 .smoothing = smoothing,
                 .logits = logits,
                 .weight = weight,
                 .scale = scale,
                 .target = target,
                 .log_sum_exp = (void *)log_sum_exp,
                 .dst = dst};
    run_entropy(&e, kernels_of(type)->entropy_grad_rows, kernels_of(type)->entropy_grad_lanes);
}
