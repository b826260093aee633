// Softmax and cross-entropy for elements of type S that compute in type T; included once for each
// type, with S, T, LOAD, STORE, FN (for T's functions) and N(name) defined.

INLINE T N(greatest)(int64_t count, const S *x) {
    // Sixteen running maxima; NaN is found by the sums later on.
    T best[16];
    for (int l = 0; l < 16; l++) best[l] = (T)-INFINITY;
    int64_t i = 0;
    for (; i + 16 <= count; i += 16) {
        for (int l = 0; l < 16; l++) {
            T value = LOAD(x[i + l]);
            best[l] = value > best[l] ? value : best[l];
        }
    }
    for (int l = 1; l < 16; l++) best[0] = best[l] > best[0] ? best[l] : best[0];
    for (; i < count; i++) {
        T value = LOAD(x[i]);
        best[0] = value > best[0] ? value : best[0];
    }
    return best[0];
}

// Sixteen running sums, each of every sixteenth element: elements of -inf at the end of a row, as
// padding is masked with, change no bit of it.
INLINE T N(sum_exp)(int64_t count, const S *x, T most) {
    T total[16] = {0};
    int64_t i = 0;
    for (; i + 16 <= count; i += 16) {
        VECTOR for (int l = 0; l < 16; l++) total[l] += FN(exp)(LOAD(x[i + l]) - most);
    }
    for (int l = 0; i + l < count; l++) total[l] += FN(exp)(LOAD(x[i + l]) - most);
    for (int half = 8; half > 0; half /= 2) {
        for (int l = 0; l < half; l++) total[l] += total[l + half];
    }
    return total[0];
}

HOT static void N(softmax_row)(int64_t count, const S *x, S *y, bool logarithm) {
    T most = N(greatest)(count, x), total = N(sum_exp)(count, x, most);
    if (logarithm) {
        T shift = FN(log)(total);
        VECTOR for (int64_t i = 0; i < count; i++) y[i] = STORE((LOAD(x[i]) - most) - shift);
    } else {
        T factor = 1 / total;
        VECTOR for (int64_t i = 0; i < count; i++) y[i] =
            STORE(FN(exp)(LOAD(x[i]) - most) * factor);
    }
}

HOT static void N(softmax_grad_row)(int64_t count, const S *y, const S *grad, S *dst,
                                    bool logarithm) {
    REASSOCIATE
    T total = 0;
    if (logarithm) {
        for (int64_t i = 0; i < count; i++) total += LOAD(grad[i]);
        VECTOR for (int64_t i = 0; i < count; i++) dst[i] =
            STORE(LOAD(grad[i]) - FN(exp)(LOAD(y[i])) * total);
    } else {
        for (int64_t i = 0; i < count; i++) total += LOAD(grad[i]) * LOAD(y[i]);
        VECTOR for (int64_t i = 0; i < count; i++) dst[i] =
            STORE(LOAD(y[i]) * (LOAD(grad[i]) - total));
    }
}

// Some rows side by side: elements of a row are `stride` apart.
HOT static void N(softmax_columns)(int64_t classes, int64_t stride, int64_t count, const S *x, S *y,
                                   bool logarithm) {
    T most[COLUMNS], total[COLUMNS];
    for (int64_t l = 0; l < count; l++) {
        most[l] = (T)-INFINITY;
        total[l] = 0;
    }
    for (int64_t c = 0; c < classes; c++) {
        const S *in = x + c * stride;
        VECTOR for (int64_t l = 0; l < count; l++) {
            T value = LOAD(in[l]);
            most[l] = value > most[l] ? value : most[l];
        }
    }
    for (int64_t c = 0; c < classes; c++) {
        const S *in = x + c * stride;
        VECTOR for (int64_t l = 0; l < count; l++) total[l] += FN(exp)(LOAD(in[l]) - most[l]);
    }
    VECTOR for (int64_t l = 0; l < count; l++) total[l] =
        logarithm ? FN(log)(total[l]) : 1 / total[l];
    for (int64_t c = 0; c < classes; c++) {
        const S *in = x + c * stride;
        S *out = y + c * stride;
        if (logarithm) {
            VECTOR for (int64_t l = 0; l < count; l++) out[l] =
                STORE((LOAD(in[l]) - most[l]) - total[l]);
        } else {
            VECTOR for (int64_t l = 0; l < count; l++) out[l] =
                STORE(FN(exp)(LOAD(in[l]) - most[l]) * total[l]);
        }
    }
}

HOT static void N(softmax_grad_columns)(int64_t classes, int64_t stride, int64_t count, const S *y,
                                        const S *grad, S *dst, bool logarithm) {
    T total[COLUMNS];
    for (int64_t l = 0; l < count; l++) total[l] = 0;
    for (int64_t c = 0; c < classes; c++) {
        const S *g = grad + c * stride, *out = y + c * stride;
        VECTOR for (int64_t l = 0; l < count; l++) total[l] +=
            LOAD(g[l]) * (logarithm ? 1 : LOAD(out[l]));
    }
    for (int64_t c = 0; c < classes; c++) {
        const S *g = grad + c * stride, *out = y + c * stride;
        S *to = dst + c * stride;
        if (logarithm) {
            VECTOR for (int64_t l = 0; l < count; l++) to[l] =
                STORE(LOAD(g[l]) - FN(exp)(LOAD(out[l])) * total[l]);
        } else {
            VECTOR for (int64_t l = 0; l < count; l++) to[l] =
                STORE(LOAD(out[l]) * (LOAD(g[l]) - total[l]));
        }
    }
}

// The units are rows, or blocks of them where rows lie side by side.
static void N(softmax_units)(int64_t begin, int64_t end, void *context) {
    const softmax *s = context;
    int64_t blocks = div_up(s->inner, COLUMNS);
    for (int64_t unit = begin; unit < end; unit++) {
        int64_t first = unit % blocks * COLUMNS, count = min64(COLUMNS, s->inner - first);
        int64_t at = unit / blocks * s->classes * s->inner + first;
        const S *src = (const S *)s->src + at, *grad = s->grad ? (const S *)s->grad + at : NULL;
        S *dst = (S *)s->dst + at;
        if (s->inner == 1) {
            if (grad != NULL) {
                N(softmax_grad_row)(s->classes, src, grad, dst, s->logarithm);
            } else {
                N(softmax_row)(s->classes, src, dst, s->logarithm);
            }
        } else if (grad != NULL) {
            N(softmax_grad_columns)(s->classes, s->inner, count, src, grad, dst, s->logarithm);
        } else {
            N(softmax_columns)(s->classes, s->inner, count, src, dst, s->logarithm);
        }
    }
}

HOT static T N(log_sum_exp)(int64_t count, const S *x) {
    T most = N(greatest)(count, x);
    return most + FN(log)(N(sum_exp)(count, x, most));
}

// The sum over the classes of weight * (log_sum_exp - logit): what label smoothing adds.
HOT static T N(smoothed_loss)(int64_t count, const S *x, const T *weight, T log_sum_exp) {
    REASSOCIATE
    T total = 0;
    if (weight == NULL) {
        for (int64_t i = 0; i < count; i++) total += log_sum_exp - LOAD(x[i]);
    } else {
        for (int64_t i = 0; i < count; i++) total += weight[i] * (log_sum_exp - LOAD(x[i]));
    }
    return total;
}

static void N(cross_entropy_rows)(int64_t begin, int64_t end, void *context) {
    const entropy *e = context;
    const T *weight = e->weight;
    T smoothing = (T)e->smoothing;
    for (int64_t row = begin; row < end; row++) {
        const S *x = (const S *)e->logits + row * e->classes;
        int64_t target = e->target[row];
        T log_sum = N(log_sum_exp)(e->classes, x), loss = 0, scale = 0;
        if (target != e->ignore_index) {
            scale = weight == NULL ? 1 : weight[target];
            loss = (1 - smoothing) * scale * (log_sum - LOAD(x[target]));
            if (smoothing > 0)
                loss +=
                    smoothing / (T)e->classes * N(smoothed_loss)(e->classes, x, weight, log_sum);
        }
        ((T *)e->loss)[row] = loss;
        ((T *)e->row_weight)[row] = scale;
        ((T *)e->log_sum_exp)[row] = log_sum;
    }
}

// dst = factor * softmax - (share * weight of the class); the target's own share is taken off by
// the caller.
HOT static void N(entropy_grad_row)(int64_t count, const S *x, T log_sum, T factor, T share,
                                    const T *weight, S *dst) {
    if (share == 0) {
        VECTOR for (int64_t i = 0; i < count; i++) dst[i] =
            STORE(factor * FN(exp)(LOAD(x[i]) - log_sum));
    } else if (weight == NULL) {
        VECTOR for (int64_t i = 0; i < count; i++) dst[i] =
            STORE(factor * FN(exp)(LOAD(x[i]) - log_sum) - share);
    } else {
        VECTOR for (int64_t i = 0; i < count; i++) {
            dst[i] = STORE(factor * FN(exp)(LOAD(x[i]) - log_sum) - share * weight[i]);
        }
    }
}

// The summed weight of the classes.
static T N(weight_of_all)(const entropy *e) {
    const T *weight = e->weight;
    if (weight == NULL) return (T)e->classes;
    T all = 0;
    for (int64_t c = 0; c < e->classes; c++) all += weight[c];
    return all;
}

static void N(cross_entropy_grad_rows)(int64_t begin, int64_t end, void *context) {
    const entropy *e = context;
    const T *weight = e->weight;
    T smoothing = (T)e->smoothing, share = smoothing / (T)e->classes, all = N(weight_of_all)(e);
    for (int64_t row = begin; row < end; row++) {
        const S *x = (const S *)e->logits + row * e->classes;
        S *dst = (S *)e->dst + row * e->classes;
        int64_t target = e->target[row];
        if (target == e->ignore_index) {
            memset(dst, 0, (size_t)e->classes * sizeof(S));
            continue;
        }
        T scale = ((const T *)e->scale)[row * e->scale_stride];
        T own = (1 - smoothing) * (weight == NULL ? 1 : weight[target]),
          log_sum = ((const T *)e->log_sum_exp)[row];
        // The target's element in full precision before the row is written, which may be in place.
        T place = scale * ((own + share * all) * FN(exp)(LOAD(x[target]) - log_sum) - own -
                           share * (weight == NULL ? 1 : weight[target]));
        N(entropy_grad_row)
        (e->classes, x, log_sum, scale * (own + share * all), scale * share, weight, dst);
        dst[target] = STORE(place);
    }
}

#include "cross_entropy_body.h"
