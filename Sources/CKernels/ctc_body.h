// Connectionist temporal classification in type T; included once for each type, with T, FN (for T's
// functions) and N(name) defined.
//
// A sequence of S labels with blanks between, before and after has 2 S + 1 places. Rows of places
// have two more of probability 0 on the side that paths come from.

// log(e^a + e^b + e^c); -inf where all are.
INLINE T N(log_add)(T a, T b, T c) {
    T most = a > b ? a : b;
    most = c > most ? c : most;
    T level = most == (T)-INFINITY ? 0 : most;
    return level + FN(log)(FN(exp)(a - level) + FN(exp)(b - level) + FN(exp)(c - level));
}

// One step: paths stay, advance by one place or, where `skip` is 0 and not -inf, by two. `step` is
// -1 for paths that come from the left and 1 from the right.
HOT static void N(ctc_step)(int64_t places, int64_t step, const T *from, const T *skip,
                            const T *emission, T *to) {
    VECTOR for (int64_t s = 0; s < places; s++) {
        to[s] = emission[s] + N(log_add)(from[s], from[s + step], from[s + 2 * step] + skip[s]);
    }
}

HOT static void N(ctc_exponentials)(int64_t classes, const T *logarithms, T *dst) {
    VECTOR for (int64_t c = 0; c < classes; c++) dst[c] = FN(exp)(logarithms[c]);
}

HOT static void N(ctc_posteriors)(int64_t places, const T *alpha, const T *beta, const T *emission,
                                  T loss, T *dst) {
    VECTOR for (int64_t s = 0; s < places; s++) {
        T both = alpha[s] + beta[s];
        dst[s] = both == (T)-INFINITY ? 0 : FN(exp)(both - emission[s] + loss);
    }
}

// The class at a place.
INLINE int64_t N(class_at)(const ctc *x, const int64_t *target, int64_t place) {
    return place % 2 == 0 ? x->blank : target[place / 2];
}

INLINE void N(emissions)(const ctc *x, const int64_t *target, int64_t places, int64_t t,
                         int64_t sample, T *dst) {
    const T *row = (const T *)x->log_probs + (t * x->batch + sample) * x->classes;
    for (int64_t s = 0; s < places; s++) dst[s] = row[N(class_at)(x, target, s)];
}

// Whether a path may come to a place from two before it: not past a blank, not from its own label.
INLINE T N(skip)(const ctc *x, const int64_t *target, int64_t place) {
    bool may = place >= 2 && place % 2 == 1 && target[place / 2] != target[place / 2 - 1] &&
               target[place / 2] != x->blank;
    return may ? 0 : (T)-INFINITY;
}

static void N(ctc_forward)(int64_t begin, int64_t end, void *context) {
    const ctc *x = context;
    int64_t width = 2 * x->longest + 3;
    size_t bytes = (size_t)(2 * width) * sizeof(T);
    T *skip = mt_scratch(bytes), *emission = skip + width;
    for (int64_t n = begin; n < end; n++) {
        const int64_t *target = x->targets + x->starts[n];
        int64_t places = 2 * x->target_lengths[n] + 1, steps = x->input_lengths[n];
        // Alphas of a step follow two places of probability 0.
        T *alpha = (T *)x->alpha + n * x->steps * width + 2;
        for (int64_t s = 0; s < places; s++) skip[s] = N(skip)(x, target, s);
        for (int64_t t = 0; t < steps; t++) {
            T *row = alpha + t * width;
            row[-1] = row[-2] = (T)-INFINITY;
            N(emissions)(x, target, places, t, n, emission);
            if (t == 0) {
                for (int64_t s = 0; s < places; s++) row[s] = s < 2 ? emission[s] : (T)-INFINITY;
            } else {
                N(ctc_step)(places, -1, row - width, skip, emission, row);
            }
        }
        T total = places == 1 ? 0 : (T)-INFINITY;
        if (steps > 0) {
            const T *last = alpha + (steps - 1) * width;
            total = N(log_add)(last[places - 1], last[places - 2], (T)-INFINITY);
        }
        ((T *)x->loss)[n] = -total;
    }
    mt_deallocate(skip, bytes);
}

static void N(ctc_backward)(int64_t begin, int64_t end, void *context) {
    const ctc *x = context;
    int64_t width = 2 * x->longest + 3;
    size_t bytes = (size_t)(5 * width) * sizeof(T);
    T *skip = mt_scratch(bytes), *emission = skip + width, *posterior = emission + width;
    for (int64_t n = begin; n < end; n++) {
        const int64_t *target = x->targets + x->starts[n];
        int64_t places = 2 * x->target_lengths[n] + 1, steps = x->input_lengths[n];
        const T *alpha = (const T *)x->alpha + n * x->steps * width + 2;
        T loss = ((const T *)x->loss)[n], scale = ((const T *)x->scale)[n];
        bool nothing = x->zero_infinity && loss == (T)INFINITY;
        T *later = posterior + width, *beta = later + width;
        for (int64_t s = 0; s < places; s++)
            skip[s] = s + 2 < places ? N(skip)(x, target, s + 2) : (T)-INFINITY;
        for (int64_t t = x->steps - 1; t >= 0; t--) {
            T *grad = (T *)x->grad + (t * x->batch + n) * x->classes;
            if (t >= steps || nothing) {
                memset(grad, 0, (size_t)x->classes * sizeof(T));
                continue;
            }
            N(emissions)(x, target, places, t, n, emission);
            if (t == steps - 1) {
                for (int64_t s = 0; s < places; s++)
                    beta[s] = s + 2 >= places ? emission[s] : (T)-INFINITY;
            } else {
                N(ctc_step)(places, 1, later, skip, emission, beta);
            }
            beta[places] = beta[places + 1] = (T)-INFINITY;
            N(ctc_posteriors)(places, alpha + t * width, beta, emission, loss, posterior);
            N(ctc_exponentials)
            (x->classes, (const T *)x->log_probs + (t * x->batch + n) * x->classes, grad);
            for (int64_t s = 0; s < places; s++) grad[N(class_at)(x, target, s)] -= posterior[s];
            for (int64_t c = 0; c < x->classes; c++) grad[c] *= scale;
            T *swap = later;
            later = beta;
            beta = swap;
        }
    }
    mt_deallocate(skip, bytes);
}
