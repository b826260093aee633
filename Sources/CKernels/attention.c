// Scaled dot-product attention (Vaswani et al. 2017), forward and gradient, a block of queries at a
// time (as Dao et al. 2022 recompute the weights in the gradient).
#include "floating_math.h"
#include "packed.h"

// double's exponentials are calls.
#pragma clang diagnostic ignored "-Wpass-failed"

enum { MT_QUERIES = 48 }; // in a block

#define BODY "attention_body.h"
#include "for_packed_types.h"

static int64_t grain(const mt_attention *x) {
    return row_grain(x->queries * x->keys * (x->size + x->value_size + 16) / 16);
}

void mt_attention_forward(const mt_attention *x) {
    mt_parallel(x->batch * x->heads, grain(x),
                x->type == MT_FLOAT64 ? float64_attention_heads : float32_attention_heads,
                (void *)x);
}

void mt_attention_backward(const mt_attention *x) {
    mt_parallel(x->batch * x->heads, grain(x),
                x->type == MT_FLOAT64 ? float64_attention_grad_heads : float32_attention_grad_heads,
                (void *)x);
}
