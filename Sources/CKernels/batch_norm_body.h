// Batch normalisation for elements of type S that compute in type T; included once for each type,
// with S, T, LOAD, STORE and N(name) defined.
//
// Channels-last rows shorter than a few vectors are taken several at a time: `fold` rows make one
// of `width` = fold * channels elements, with the channels' constants repeated to match.

// ---- Statistics

// Sums over some folded rows of x - shift and its square.
HOT static void N(sums)(int64_t rows, int64_t width, const S *x, const T *shift, T *sum,
                        T *square) {
    int64_t row = 0;
    for (; row + 4 <= rows; row += 4) {
        const S *x0 = x + row * width, *x1 = x0 + width, *x2 = x1 + width, *x3 = x2 + width;
        VECTOR for (int64_t j = 0; j < width; j++) {
            T d0 = LOAD(x0[j]) - shift[j], d1 = LOAD(x1[j]) - shift[j];
            T d2 = LOAD(x2[j]) - shift[j], d3 = LOAD(x3[j]) - shift[j];
            sum[j] += (d0 + d1) + (d2 + d3);
            square[j] += (d0 * d0 + d1 * d1) + (d2 * d2 + d3 * d3);
        }
    }
    for (; row < rows; row++) {
        const S *x0 = x + row * width;
        VECTOR for (int64_t j = 0; j < width; j++) {
            T d = LOAD(x0[j]) - shift[j];
            sum[j] += d;
            square[j] += d * d;
        }
    }
}

// A guess at each channel's mean from a few rows, so that the sums of squares lose no digits.
static void N(guess)(const mt_bn *bn, const S *x, int64_t rows, int64_t width, T *shift) {
    int64_t samples = min64(rows, 16), step = rows / samples;
    for (int64_t j = 0; j < width; j++) shift[j] = 0;
    for (int64_t s = 0; s < samples; s++) {
        for (int64_t j = 0; j < width; j++) shift[j] += LOAD(x[s * step * width + j]);
    }
    int64_t fold = width / bn->channels;
    for (int64_t c = 0; c < bn->channels; c++) {
        T total = 0;
        for (int64_t f = 0; f < fold; f++) total += shift[f * bn->channels + c];
        total /= (T)(samples * fold);
        for (int64_t f = 0; f < fold; f++) shift[f * bn->channels + c] = total;
    }
}

// Chunks of rows: each gives every channel's mean and sum of squared deviations.
static void N(statistics_rows)(int64_t begin, int64_t end, void *context) {
    const mt_bn *bn = context;
    int64_t channels = bn->channels, most = bn->fold * channels;
    T *shift = mt_scratch((size_t)(3 * most) * sizeof(T)), *sum = shift + most,
      *square = sum + most;
    for (int64_t chunk = begin; chunk < end; chunk++) {
        int64_t first = chunk * bn->chunk_rows, rows = min64(bn->chunk_rows, bn->outer - first);
        const S *x = (const S *)bn->x + first * channels;
        // Chunks hold whole folded rows, but for the last one's remainder.
        int64_t folded = rows / bn->fold, rest = rows % bn->fold;
        if (folded > 0) {
            N(guess)(bn, x, folded, most, shift);
        } else {
            N(guess)(bn, x, rest, channels, shift);
        }
        memset(sum, 0, (size_t)(2 * most) * sizeof(T));
        N(sums)(folded, most, x, shift, sum, square);
        N(sums)(rest, channels, x + folded * most, shift, sum, square);
        double *mean = bn->partial + chunk * 2 * channels, *deviation = mean + channels;
        for (int64_t c = 0; c < channels; c++) {
            double total = 0, squares = 0;
            for (int64_t j = c; j < most; j += channels) {
                total += (double)sum[j];
                squares += (double)square[j];
            }
            mean[c] = (double)shift[c] + total / (double)rows;
            deviation[c] = squares - total * total / (double)rows;
        }
    }
    mt_deallocate(shift, (size_t)(3 * most) * sizeof(T));
}

HOT static void N(plane_sums)(int64_t count, const S *x, T shift, T *sum, T *square) {
    REASSOCIATE
    T total = 0, squares = 0;
    for (int64_t i = 0; i < count; i++) {
        T d = LOAD(x[i]) - shift;
        total += d;
        squares += d * d;
    }
    *sum = total;
    *square = squares;
}

// Pieces of planes, for inner > 1; a piece is a chunk here.
static void N(statistics_planes)(int64_t begin, int64_t end, void *context) {
    const mt_bn *bn = context;
    for (int64_t piece = begin; piece < end; piece++) {
        int64_t plane = piece / bn->pieces, first = piece % bn->pieces * MT_BN_PIECE;
        int64_t count = min64(MT_BN_PIECE, bn->inner - first);
        const S *x = (const S *)bn->x + plane * bn->inner + first;
        T shift = 0, sum, square;
        int64_t samples = min64(16, count);
        for (int64_t i = 0; i < samples; i++) shift += LOAD(x[i * (count / samples)]) / (T)samples;
        N(plane_sums)(count, x, shift, &sum, &square);
        double total = (double)sum;
        bn->partial[2 * piece] = (double)shift + total / (double)count;
        bn->partial[2 * piece + 1] = (double)square - total * total / (double)count;
    }
}

// ---- Forward

INLINE void N(normalise_rows)(int64_t rows, int64_t width, const S *x, const T *mean,
                              const T *scale, const T *shift, const S *residual, S *y, bool add,
                              bool relu) {
    for (int64_t row = 0; row < rows; row++) {
        VECTOR for (int64_t j = 0; j < width; j++) {
            T value = (LOAD(x[j]) - mean[j]) * scale[j] + shift[j];
            if (add) value += LOAD(residual[j]);
            if (relu) value = value < 0 ? 0 : value;
            y[j] = STORE(value);
        }
        x += width;
        y += width;
        if (add) residual += width;
    }
}

HOT static void N(normalise)(int64_t rows, int64_t width, const S *x, const T *mean, const T *scale,
                             const T *shift, const S *residual, S *y, bool relu) {
    if (residual == NULL) {
        if (relu) {
            N(normalise_rows)(rows, width, x, mean, scale, shift, NULL, y, false, true);
        } else {
            N(normalise_rows)(rows, width, x, mean, scale, shift, NULL, y, false, false);
        }
    } else if (relu) {
        N(normalise_rows)(rows, width, x, mean, scale, shift, residual, y, true, true);
    } else {
        N(normalise_rows)(rows, width, x, mean, scale, shift, residual, y, true, false);
    }
}

static void N(forward_rows)(int64_t begin, int64_t end, void *context) {
    const mt_bn *bn = context;
    int64_t width = bn->fold * bn->channels;
    const T *mean = bn->constants, *scale = mean + width, *shift = scale + width;
    int64_t first = begin * bn->fold, rows = min64(end * bn->fold, bn->outer) - first;
    const S *x = (const S *)bn->x + first * bn->channels;
    const S *residual =
        bn->residual == NULL ? NULL : (const S *)bn->residual + first * bn->channels;
    S *y = (S *)bn->y + first * bn->channels;
    int64_t folded = rows / bn->fold, done = folded * width;
    N(normalise)(folded, width, x, mean, scale, shift, residual, y, bn->relu);
    if (residual != NULL) residual += done;
    N(normalise)
    (rows % bn->fold, bn->channels, x + done, mean, scale, shift, residual, y + done, bn->relu);
}

HOT static void N(normalise_plane)(int64_t count, const S *x, T mean, T scale, T shift,
                                   const S *residual, S *y, bool relu) {
    T least = relu ? (T)0 : (T)-INFINITY;
    if (residual == NULL) {
        VECTOR for (int64_t i = 0; i < count; i++) {
            T value = (LOAD(x[i]) - mean) * scale + shift;
            y[i] = STORE(value < least ? least : value);
        }
    } else {
        VECTOR for (int64_t i = 0; i < count; i++) {
            T value = (LOAD(x[i]) - mean) * scale + shift + LOAD(residual[i]);
            y[i] = STORE(value < least ? least : value);
        }
    }
}

static void N(forward_planes)(int64_t begin, int64_t end, void *context) {
    const mt_bn *bn = context;
    const T *mean = bn->constants, *scale = mean + bn->channels, *shift = scale + bn->channels;
    for (int64_t plane = begin; plane < end; plane++) {
        int64_t c = plane % bn->channels, at = plane * bn->inner;
        const S *residual = bn->residual == NULL ? NULL : (const S *)bn->residual + at;
        N(normalise_plane)
        (bn->inner, (const S *)bn->x + at, mean[c], scale[c], shift[c], residual, (S *)bn->y + at,
         bn->relu);
    }
}

// ---- Backward

INLINE void N(gradient_sums_rows)(int64_t rows, int64_t width, const S *x, const S *y,
                                  const S *grad, const T *mean, T *sum, T *product, S *masked,
                                  bool relu, bool keep) {
    int64_t row = 0;
    for (; row + 2 <= rows; row += 2) {
        int64_t at = row * width;
        const S *x0 = x + at, *x1 = x0 + width, *g0 = grad + at, *g1 = g0 + width;
        const S *y0 = relu ? y + at : NULL, *y1 = relu ? y0 + width : NULL;
        S *m0 = keep ? masked + at : NULL, *m1 = keep ? m0 + width : NULL;
        VECTOR for (int64_t j = 0; j < width; j++) {
            T a = LOAD(g0[j]), b = LOAD(g1[j]);
            if (relu) a = LOAD(y0[j]) > 0 ? a : 0;
            if (relu) b = LOAD(y1[j]) > 0 ? b : 0;
            if (keep) m0[j] = STORE(a);
            if (keep) m1[j] = STORE(b);
            sum[j] += a + b;
            product[j] += a * (LOAD(x0[j]) - mean[j]) + b * (LOAD(x1[j]) - mean[j]);
        }
    }
    for (; row < rows; row++) {
        int64_t at = row * width;
        VECTOR for (int64_t j = 0; j < width; j++) {
            T a = LOAD(grad[at + j]);
            if (relu) a = LOAD(y[at + j]) > 0 ? a : 0;
            if (keep) masked[at + j] = STORE(a);
            sum[j] += a;
            product[j] += a * (LOAD(x[at + j]) - mean[j]);
        }
    }
}

HOT static void N(gradient_sums)(int64_t rows, int64_t width, const S *x, const S *y, const S *grad,
                                 const T *mean, T *sum, T *product, S *masked, bool relu) {
    if (masked == NULL) {
        if (relu) {
            N(gradient_sums_rows)(rows, width, x, y, grad, mean, sum, product, NULL, true, false);
        } else {
            N(gradient_sums_rows)
            (rows, width, x, NULL, grad, mean, sum, product, NULL, false, false);
        }
    } else if (relu) {
        N(gradient_sums_rows)(rows, width, x, y, grad, mean, sum, product, masked, true, true);
    } else {
        N(gradient_sums_rows)(rows, width, x, NULL, grad, mean, sum, product, masked, false, true);
    }
}

// Chunks of rows: each gives every channel's sums of the gradient and of gradient * (x - mean).
static void N(gradient_sums_chunks)(int64_t begin, int64_t end, void *context) {
    const mt_bn *bn = context;
    int64_t channels = bn->channels, most = bn->fold * channels;
    T *sum = mt_scratch((size_t)(2 * most) * sizeof(T)), *product = sum + most;
    for (int64_t chunk = begin; chunk < end; chunk++) {
        int64_t first = chunk * bn->chunk_rows, rows = min64(bn->chunk_rows, bn->outer - first);
        memset(sum, 0, (size_t)(2 * most) * sizeof(T));
        for (int64_t part = 0; part < 2; part++) { // the folded rows, then the rest
            int64_t at = first * channels + (part == 0 ? 0 : rows / bn->fold * most);
            const S *y = bn->relu ? (const S *)bn->y + at : NULL;
            S *masked = bn->masked == NULL ? NULL : (S *)bn->masked + at;
            N(gradient_sums)
            (part == 0 ? rows / bn->fold : rows % bn->fold, part == 0 ? most : channels,
             (const S *)bn->x + at, y, (const S *)bn->grad + at, bn->constants, sum, product,
             masked, bn->relu);
        }
        double *totals = bn->partial + chunk * 2 * channels, *products = totals + channels;
        for (int64_t c = 0; c < channels; c++) {
            double a = 0, b = 0;
            for (int64_t j = c; j < most; j += channels) {
                a += (double)sum[j];
                b += (double)product[j];
            }
            totals[c] = a;
            products[c] = b;
        }
    }
    mt_deallocate(sum, (size_t)(2 * most) * sizeof(T));
}

INLINE void N(gradient_sums_run)(int64_t count, const S *x, const S *y, const S *grad, T mean,
                                 T *sum, T *product, S *masked, bool relu, bool keep) {
    REASSOCIATE
    T total = 0, products = 0;
    for (int64_t i = 0; i < count; i++) {
        T a = LOAD(grad[i]);
        if (relu) a = LOAD(y[i]) > 0 ? a : 0;
        if (keep) masked[i] = STORE(a);
        total += a;
        products += a * (LOAD(x[i]) - mean);
    }
    *sum = total;
    *product = products;
}

HOT static void N(gradient_sums_plane)(int64_t count, const S *x, const S *y, const S *grad, T mean,
                                       T *sum, T *product, S *masked) {
    if (masked == NULL) {
        if (y == NULL) {
            N(gradient_sums_run)(count, x, y, grad, mean, sum, product, masked, false, false);
        } else {
            N(gradient_sums_run)(count, x, y, grad, mean, sum, product, masked, true, false);
        }
    } else if (y == NULL) {
        N(gradient_sums_run)(count, x, y, grad, mean, sum, product, masked, false, true);
    } else {
        N(gradient_sums_run)(count, x, y, grad, mean, sum, product, masked, true, true);
    }
}

static void N(gradient_sums_pieces)(int64_t begin, int64_t end, void *context) {
    const mt_bn *bn = context;
    for (int64_t piece = begin; piece < end; piece++) {
        int64_t plane = piece / bn->pieces, first = piece % bn->pieces * MT_BN_PIECE,
                at = plane * bn->inner + first;
        const S *y = bn->relu ? (const S *)bn->y + at : NULL;
        S *masked = bn->masked == NULL ? NULL : (S *)bn->masked + at;
        T sum, product;
        N(gradient_sums_plane)
        (min64(MT_BN_PIECE, bn->inner - first), (const S *)bn->x + at, y, (const S *)bn->grad + at,
         ((const T *)bn->constants)[plane % bn->channels], &sum, &product, masked);
        bn->partial[2 * piece] = (double)sum;
        bn->partial[2 * piece + 1] = (double)product;
    }
}

// grad_x = grad * scale + (x - mean) * slope + shift, the gradient masked by y unless y is NULL.
INLINE void N(gradient_rows)(int64_t rows, int64_t width, const S *x, const S *y, const S *grad,
                             const T *mean, const T *scale, const T *slope, const T *shift,
                             S *grad_x, bool relu) {
    for (int64_t row = 0; row < rows; row++) {
        VECTOR for (int64_t j = 0; j < width; j++) {
            T g = LOAD(grad[j]);
            if (relu) g = LOAD(y[j]) > 0 ? g : 0;
            grad_x[j] = STORE(g * scale[j] + ((LOAD(x[j]) - mean[j]) * slope[j] + shift[j]));
        }
        x += width;
        grad += width;
        grad_x += width;
        if (relu) y += width;
    }
}

HOT static void N(gradient)(int64_t rows, int64_t width, const S *x, const S *y, const S *grad,
                            const T *mean, const T *scale, const T *slope, const T *shift,
                            S *grad_x) {
    if (y != NULL) {
        N(gradient_rows)(rows, width, x, y, grad, mean, scale, slope, shift, grad_x, true);
    } else {
        N(gradient_rows)(rows, width, x, NULL, grad, mean, scale, slope, shift, grad_x, false);
    }
}

static void N(backward_rows)(int64_t begin, int64_t end, void *context) {
    const mt_bn *bn = context;
    int64_t width = bn->fold * bn->channels;
    const T *mean = bn->constants, *scale = mean + width, *slope = scale + width,
            *shift = slope + width;
    int64_t first = begin * bn->fold, rows = min64(end * bn->fold, bn->outer) - first;
    for (int64_t part = 0; part < 2; part++) {
        int64_t at = first * bn->channels + (part == 0 ? 0 : rows / bn->fold * width);
        const S *y = bn->relu ? (const S *)bn->y + at : NULL;
        N(gradient)
        (part == 0 ? rows / bn->fold : rows % bn->fold, part == 0 ? width : bn->channels,
         (const S *)bn->x + at, y, (const S *)bn->grad + at, mean, scale, slope, shift,
         (S *)bn->grad_x + at);
    }
}

HOT static void N(gradient_plane)(int64_t count, const S *x, const S *y, const S *grad, T mean,
                                  T scale, T slope, T shift, S *grad_x) {
    VECTOR for (int64_t i = 0; i < count; i++) {
        T g = LOAD(grad[i]);
        if (y != NULL) g = LOAD(y[i]) > 0 ? g : 0;
        grad_x[i] = STORE(g * scale + ((LOAD(x[i]) - mean) * slope + shift));
    }
}

static void N(backward_planes)(int64_t begin, int64_t end, void *context) {
    const mt_bn *bn = context;
    int64_t channels = bn->channels;
    const T *mean = bn->constants, *scale = mean + channels, *slope = scale + channels,
            *shift = slope + channels;
    for (int64_t plane = begin; plane < end; plane++) {
        int64_t c = plane % channels, at = plane * bn->inner;
        const S *y = bn->relu ? (const S *)bn->y + at : NULL;
        N(gradient_plane)
        (bn->inner, (const S *)bn->x + at, y, (const S *)bn->grad + at, mean[c], scale[c], slope[c],
         shift[c], (S *)bn->grad_x + at);
    }
}

static const mt_bn_kernels N(kernels) = {
    N(statistics_rows),      N(statistics_planes),    N(forward_rows),  N(forward_planes),
    N(gradient_sums_chunks), N(gradient_sums_pieces), N(backward_rows), N(backward_planes),
};
