// Connectionist temporal classification (Graves et al. 2006): the probability of all ways to spell
// a sequence of labels, in logarithms.
#include "floating_math.h"

// double's exponentials are calls.
#pragma clang diagnostic ignored "-Wpass-failed"

typedef mt_ctc ctc;

#define T float
#define FN(name) name##_float
#define N(name) float32_##name
#include "ctc_body.h"
#undef T
#undef FN
#undef N

#define T double
#define FN(name) name##_double
#define N(name) float64_##name
#include "ctc_body.h"
#undef T
#undef FN
#undef N

static int64_t grain(const mt_ctc *x) {
    return row_grain(x->steps * (x->classes + 16 * x->longest + 16));
}

void mt_ctc_forward(mt_dtype type, const mt_ctc *x) {
    mt_parallel(x->batch, grain(x), type == MT_FLOAT64 ? float64_ctc_forward : float32_ctc_forward,
                (void *)x);
}

void mt_ctc_backward(mt_dtype type, const mt_ctc *x) {
    mt_parallel(x->batch, grain(x),
                type == MT_FLOAT64 ? float64_ctc_backward : float32_ctc_backward, (void *)x);
}
