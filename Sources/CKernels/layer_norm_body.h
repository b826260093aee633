// Layer normalisation for elements of type S that compute in type T; included once for each type,
// with S, T, LOAD, STORE and N(name) defined.

HOT static void N(norm_row)(int64_t size, bool centred, T epsilon, const S *x, const T *weight,
                            const T *bias, S *y, T *mean, T *inverse) {
    REASSOCIATE
    T total = 0, squares = 0;
    if (centred) {
        for (int64_t i = 0; i < size; i++) total += LOAD(x[i]);
    }
    T centre = total / (T)size;
    for (int64_t i = 0; i < size; i++) {
        T distance = LOAD(x[i]) - centre;
        squares += distance * distance;
    }
    T factor = 1 / (T)__builtin_sqrt((double)(squares / (T)size + epsilon));
    *mean = centre;
    *inverse = factor;
    if (weight == NULL) {
        VECTOR for (int64_t i = 0; i < size; i++) y[i] = STORE((LOAD(x[i]) - centre) * factor);
    } else if (bias == NULL) {
        VECTOR for (int64_t i = 0; i < size; i++) y[i] =
            STORE((LOAD(x[i]) - centre) * factor * weight[i]);
    } else {
        VECTOR for (int64_t i = 0; i < size; i++) y[i] =
            STORE((LOAD(x[i]) - centre) * factor * weight[i] + bias[i]);
    }
}

static void N(norm_rows)(int64_t begin, int64_t end, void *context) {
    const mt_layer_norm *n = context;
    for (int64_t row = begin; row < end; row++) N(norm_row)
    (n->size, n->centred, (T)n->epsilon, (const S *)n->x + row * n->size, n->weight, n->bias,
     (S *)n->y + row * n->size, (T *)n->mean + row, (T *)n->inverse + row);
}

HOT static void N(norm_grad_row)(int64_t size, bool centred, const S *x, const S *grad,
                                 const T *weight, T mean, T inverse, S *grad_x) {
    REASSOCIATE
    T total = 0, product = 0;
    for (int64_t i = 0; i < size; i++) {
        T g = LOAD(grad[i]) * (weight == NULL ? 1 : weight[i]);
        total += g;
        product += g * (LOAD(x[i]) - mean);
    }
    T level = centred ? total / (T)size : 0, slope = product * inverse * inverse / (T)size;
    VECTOR for (int64_t i = 0; i < size; i++) {
        T g = LOAD(grad[i]) * (weight == NULL ? 1 : weight[i]);
        grad_x[i] = STORE((g - level - (LOAD(x[i]) - mean) * slope) * inverse);
    }
}

HOT static void N(norm_sums)(int64_t size, const S *x, const S *grad, T mean, T inverse,
                             T *weight_sum, T *bias_sum) {
    VECTOR for (int64_t i = 0; i < size; i++) {
        T g = LOAD(grad[i]);
        weight_sum[i] += g * (LOAD(x[i]) - mean) * inverse;
        bias_sum[i] += g;
    }
}

// A chunk of rows, with its part of the parameters' gradients.
static void N(norm_grad_chunks)(int64_t begin, int64_t end, void *context) {
    const norm_grad *g = context;
    const mt_layer_norm *n = g->norm;
    for (int64_t chunk = begin; chunk < end; chunk++) {
        T *sums = (T *)g->partial + chunk * 2 * n->size;
        if (g->partial != NULL) memset(sums, 0, (size_t)(2 * n->size) * sizeof(T));
        int64_t last = min64((chunk + 1) * g->chunk_rows, n->rows);
        for (int64_t row = chunk * g->chunk_rows; row < last; row++) {
            const S *x = (const S *)n->x + row * n->size,
                    *grad = (const S *)n->grad + row * n->size;
            T mean = ((const T *)n->mean)[row], inverse = ((const T *)n->inverse)[row];
            if (g->partial != NULL)
                N(norm_sums)(n->size, x, grad, mean, inverse, sums, sums + n->size);
            if (n->grad_x != NULL) N(norm_grad_row)
            (n->size, n->centred, x, grad, n->weight, mean, inverse,
             (S *)n->grad_x + row * n->size);
        }
    }
}
