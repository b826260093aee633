// Cross-entropy of a few classes, or of classes that do not lie side by side: LANES rows at a time
// are copied so that they do, and every loop runs along the rows. Included as softmax_body.h is.

HOT static void N(load_lanes)(int64_t classes, const lanes *l, const S *x, T *dst) {
    if (l->row_stride == 1) {
        for (int64_t c = 0; c < classes; c++) {
            const S *from = x + c * l->class_stride;
            VECTOR for (int64_t r = 0; r < l->count; r++) dst[c * LANES + r] = LOAD(from[r]);
        }
    } else {
        for (int64_t c = 0; c < classes; c++) {
            const S *from = x + c * l->class_stride;
            for (int64_t r = 0; r < l->count; r++)
                dst[c * LANES + r] = LOAD(from[r * l->row_stride]);
        }
    }
    for (int64_t c = 0; c < classes; c++) {
        for (int64_t r = l->count; r < LANES; r++) dst[c * LANES + r] = 0;
    }
}

HOT static void N(store_lanes)(int64_t classes, const lanes *l, const T *src, S *x) {
    if (l->row_stride == 1) {
        for (int64_t c = 0; c < classes; c++) {
            S *to = x + c * l->class_stride;
            VECTOR for (int64_t r = 0; r < l->count; r++) to[r] = STORE(src[c * LANES + r]);
        }
    } else {
        for (int64_t r = 0; r < l->count; r++) {
            S *to = x + r * l->row_stride;
            for (int64_t c = 0; c < classes; c++)
                to[c * l->class_stride] = STORE(src[c * LANES + r]);
        }
    }
}

HOT static void N(lanes_log_sum_exp)(int64_t classes, const T *x, T *log_sum) {
    T most[LANES], sum[LANES];
    for (int r = 0; r < LANES; r++) {
        most[r] = x[r];
        sum[r] = 0;
    }
    for (int64_t c = 1; c < classes; c++) {
        for (int r = 0; r < LANES; r++) {
            T value = x[c * LANES + r];
            most[r] = value > most[r] ? value : most[r];
        }
    }
    for (int64_t c = 0; c < classes; c++) {
        for (int r = 0; r < LANES; r++) sum[r] += FN(exp)(x[c * LANES + r] - most[r]);
    }
    for (int r = 0; r < LANES; r++) log_sum[r] = most[r] + FN(log)(sum[r]);
}

// As smoothed_loss.
HOT static void N(lanes_smoothed)(int64_t classes, const T *x, const T *weight, const T *log_sum,
                                  T *total) {
    for (int r = 0; r < LANES; r++) total[r] = 0;
    for (int64_t c = 0; c < classes; c++) {
        const T factor = weight == NULL ? 1 : weight[c];
        for (int r = 0; r < LANES; r++) total[r] += factor * (log_sum[r] - x[c * LANES + r]);
    }
}

// x = factor * softmax - share * weight of the class.
HOT static void N(lanes_gradient)(int64_t classes, T *x, const T *log_sum, const T *factor,
                                  const T *share, const T *weight) {
    for (int64_t c = 0; c < classes; c++) {
        const T part = weight == NULL ? 1 : weight[c];
        T *own = x + c * LANES;
        VECTOR for (int r = 0; r < LANES; r++) own[r] =
            factor[r] * FN(exp)(own[r] - log_sum[r]) - share[r] * part;
    }
}

static void N(entropy_lanes)(int64_t begin, int64_t end, void *context) {
    const entropy *e = context;
    const T *weight = e->weight;
    const T smoothing = (T)e->smoothing, share = smoothing / (T)e->classes;
    const size_t bytes = (size_t)e->classes * LANES * sizeof(T);
    T *x = mt_scratch(bytes);
    for (int64_t block = begin; block < end; block++) {
        const lanes l = lanes_of(e, block);
        T log_sum[LANES], smoothed[LANES];
        N(load_lanes)(e->classes, &l, (const S *)e->logits + l.at, x);
        N(lanes_log_sum_exp)(e->classes, x, log_sum);
        if (smoothing > 0) N(lanes_smoothed)(e->classes, x, weight, log_sum, smoothed);
        for (int64_t r = 0; r < l.count; r++) {
            int64_t row = l.first + r, target = e->target[row];
            T loss = 0, scale = 0;
            if (target != e->ignore_index) {
                scale = weight == NULL ? 1 : weight[target];
                loss = (1 - smoothing) * scale * (log_sum[r] - x[target * LANES + r]);
                if (smoothing > 0) loss += share * smoothed[r];
            }
            ((T *)e->loss)[row] = loss;
            ((T *)e->row_weight)[row] = scale;
            ((T *)e->log_sum_exp)[row] = log_sum[r];
        }
    }
    mt_deallocate(x, bytes);
}

static void N(entropy_grad_lanes)(int64_t begin, int64_t end, void *context) {
    const entropy *e = context;
    const T *weight = e->weight;
    const T smoothing = (T)e->smoothing, share = smoothing / (T)e->classes;
    const T all = N(weight_of_all)(e);
    const size_t bytes = (size_t)e->classes * LANES * sizeof(T);
    T *x = mt_scratch(bytes);
    for (int64_t block = begin; block < end; block++) {
        const lanes l = lanes_of(e, block);
        // Rows that are ignored, and those beyond the last, have zeros everywhere.
        T log_sum[LANES] = {0}, factor[LANES] = {0}, part[LANES] = {0}, place[LANES];
        N(load_lanes)(e->classes, &l, (const S *)e->logits + l.at, x);
        for (int64_t r = 0; r < l.count; r++) {
            int64_t row = l.first + r, target = e->target[row];
            if (target == e->ignore_index) {
                for (int64_t c = 0; c < e->classes; c++) x[c * LANES + r] = 0;
                continue;
            }
            T scale = ((const T *)e->scale)[row * e->scale_stride];
            T own = weight == NULL ? 1 : weight[target];
            log_sum[r] = ((const T *)e->log_sum_exp)[row];
            factor[r] = scale * ((1 - smoothing) * own + share * all);
            part[r] = scale * share;
            T likelihood = FN(exp)(x[target * LANES + r] - log_sum[r]);
            place[r] = factor[r] * likelihood - scale * (1 - smoothing) * own - part[r] * own;
        }
        N(lanes_gradient)(e->classes, x, log_sum, factor, part, weight);
        for (int64_t r = 0; r < l.count; r++) {
            int64_t target = e->target[l.first + r];
            if (target != e->ignore_index) x[target * LANES + r] = place[r];
        }
        N(store_lanes)(e->classes, &l, x, (S *)e->dst + l.at);
    }
    mt_deallocate(x, bytes);
}

static const softmax_kernels N(kernels) = {N(softmax_units), N(cross_entropy_rows),
                                           N(cross_entropy_grad_rows), N(entropy_lanes),
                                           N(entropy_grad_lanes)};
