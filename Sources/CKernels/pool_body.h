// Pooling of elements of type S that compute in type T; included once for each type, with S, T,
// LOAD, STORE and N(name) defined. A unit of work is a row of the output, or for gradients of the
// input: every input cell asks the windows that cover it, so that no two threads write the same
// cell and no order depends on them.

// ---- Maximum

// The greatest of `count` cells for each channel; a constant count unrolls.
INLINE void N(max_cells)(int count, const S *const *cells, const int32_t *places, int64_t channels,
                         S *y, int32_t *argmax) {
    VECTOR for (int64_t c = 0; c < channels; c++) {
        T best = LOAD(cells[0][c]);
        int32_t place = places[0];
        for (int k = 1; k < count; k++) {
            T value = LOAD(cells[k][c]);
            bool take = value > best || value != value;
            best = take ? value : best;
            place = take ? places[k] : place;
        }
        y[c] = STORE(best);
        argmax[c] = place;
    }
}

HOT static void N(max_window)(int count, const S *const *cells, const int32_t *places,
                              int64_t channels, S *y, int32_t *argmax) {
    if (count == 4) {
        const S *const four[4] = {cells[0], cells[1], cells[2], cells[3]};
        const int32_t at[4] = {places[0], places[1], places[2], places[3]};
        N(max_cells)(4, four, at, channels, y, argmax);
    } else if (count == 9) {
        const S *const nine[9] = {cells[0], cells[1], cells[2], cells[3], cells[4],
                                  cells[5], cells[6], cells[7], cells[8]};
        const int32_t at[9] = {places[0], places[1], places[2], places[3], places[4],
                               places[5], places[6], places[7], places[8]};
        N(max_cells)(9, nine, at, channels, y, argmax);
    } else {
        N(max_cells)(1, cells, places, channels, y, argmax);
        for (int k = 1; k < count; k++) {
            const S *cell = cells[k];
            const int32_t place = places[k];
            VECTOR for (int64_t c = 0; c < channels; c++) {
                T value = LOAD(cell[c]), best = LOAD(y[c]);
                bool take = value > best || value != value;
                y[c] = STORE(take ? value : best);
                argmax[c] = take ? place : argmax[c];
            }
        }
    }
}

// As max_window, but when `begun`, y and argmax hold the greatest of earlier cells.
static void N(max_more)(bool begun, int count, const S *const *cells, const int32_t *places,
                        int64_t channels, S *y, int32_t *argmax) {
    if (!begun) {
        if (count > 0) N(max_window)(count, cells, places, channels, y, argmax);
        return;
    }
    for (int k = 0; k < count; k++) {
        for (int64_t c = 0; c < channels; c++) {
            T value = LOAD(cells[k][c]);
            if (!(value > LOAD(y[c]) || value != value)) continue;
            y[c] = cells[k][c];
            argmax[c] = places[k];
        }
    }
}

static void N(max_rows)(int64_t begin, int64_t end, void *context) {
    const pool *p = context;
    const mt_pool_shape *s = &p->shape;
    const S *cells[MT_POOL_CELLS];
    int32_t places[MT_POOL_CELLS];
    for (int64_t row = begin; row < end; row++) {
        int64_t image = row / s->out_height;
        const S *x = (const S *)p->in + image * s->in_height * s->in_width * s->channels;
        for (int64_t column = 0; column < s->out_width; column++) {
            window w = window_of(p, row % s->out_height, column);
            S *y = (S *)p->out + (row * s->out_width + column) * s->channels;
            int32_t *argmax = p->argmax + (row * s->out_width + column) * s->channels;
            int count = 0;
            bool begun = false;
            for (int64_t h = w.top; h < w.bottom; h += s->dilation_height) {
                for (int64_t v = w.left; v < w.right; v += s->dilation_width) {
                    if (count == MT_POOL_CELLS) { // a large window goes in several parts
                        N(max_more)(begun, count, cells, places, s->channels, y, argmax);
                        begun = true;
                        count = 0;
                    }
                    cells[count] = x + (h * s->in_width + v) * s->channels;
                    places[count++] =
                        p->absolute
                            ? (int32_t)(h * s->in_width + v)
                            : (int32_t)((h - w.origin_top) / s->dilation_height * s->kernel_width +
                                        (v - w.origin_left) / s->dilation_width);
                }
            }
            N(max_more)(begun, count, cells, places, s->channels, y, argmax);
        }
    }
}

// ---- Average

HOT static void N(add_cell)(int64_t channels, const S *cell, T factor, T *sum) {
    VECTOR for (int64_t c = 0; c < channels; c++) sum[c] += LOAD(cell[c]) * factor;
}

HOT static void N(put_row)(int64_t channels, const T *sum, T factor, S *y) {
    VECTOR for (int64_t c = 0; c < channels; c++) y[c] = STORE(sum[c] * factor);
}

static void N(average_rows)(int64_t begin, int64_t end, void *context) {
    const pool *p = context;
    const mt_pool_shape *s = &p->shape;
    size_t bytes = (size_t)s->channels * sizeof(T);
    T *sum = mt_scratch(bytes);
    for (int64_t row = begin; row < end; row++) {
        int64_t image = row / s->out_height;
        const S *x = (const S *)p->in + image * s->in_height * s->in_width * s->channels;
        for (int64_t column = 0; column < s->out_width; column++) {
            window w = window_of(p, row % s->out_height, column);
            memset(sum, 0, bytes);
            for (int64_t h = w.top; h < w.bottom; h++) {
                for (int64_t v = w.left; v < w.right; v++) {
                    N(add_cell)(s->channels, x + (h * s->in_width + v) * s->channels, 1, sum);
                }
            }
            N(put_row)
            (s->channels, sum, (T)(1 / w.divisor),
             (S *)p->out + (row * s->out_width + column) * s->channels);
        }
    }
    mt_deallocate(sum, bytes);
}

// ---- Gradients

HOT static void N(add_chosen)(int64_t channels, const S *grad, const int32_t *argmax, int32_t place,
                              T *sum) {
    VECTOR for (int64_t c = 0; c < channels; c++) sum[c] += argmax[c] == place ? LOAD(grad[c]) : 0;
}

// The usual case of windows that do not overlap: a cell belongs to one of them.
HOT static void N(put_chosen)(int64_t channels, const S *grad, const int32_t *argmax, int32_t place,
                              S *dst) {
    VECTOR for (int64_t c = 0; c < channels; c++) dst[c] = argmax[c] == place ? grad[c] : (S)0;
}

static void N(gradient_rows)(int64_t begin, int64_t end, void *context) {
    const pool *p = context;
    const mt_pool_shape *s = &p->shape;
    int64_t channels = s->channels;
    size_t bytes = (size_t)channels * sizeof(T);
    T *sum = mt_scratch(bytes);
    for (int64_t row = begin; row < end; row++) {
        int64_t image = row / s->in_height, h = row % s->in_height;
        range down = covering(p, h, true);
        for (int64_t v = 0; v < s->in_width; v++) {
            range across = covering(p, v, false);
            S *dst = (S *)p->out + (row * s->in_width + v) * channels;
            bool one =
                p->argmax != NULL && down.end - down.begin == 1 && across.end - across.begin == 1;
            if (!one) memset(sum, 0, bytes);
            for (int64_t i = down.begin; i < down.end; i++) {
                for (int64_t j = across.begin; j < across.end; j++) {
                    window w = window_of(p, i, j);
                    if (!covers(p, &w, h, v)) {
                        if (one) memset(dst, 0, (size_t)channels * sizeof(S));
                        continue;
                    }
                    int64_t at = ((image * s->out_height + i) * s->out_width + j) * channels;
                    const S *grad = (const S *)p->in + at;
                    if (p->argmax == NULL) {
                        N(add_cell)(channels, grad, (T)(1 / w.divisor), sum);
                        continue;
                    }
                    int32_t place =
                        p->absolute
                            ? (int32_t)(h * s->in_width + v)
                            : (int32_t)((h - w.origin_top) / s->dilation_height * s->kernel_width +
                                        (v - w.origin_left) / s->dilation_width);
                    if (one) {
                        N(put_chosen)(channels, grad, p->argmax + at, place, dst);
                    } else {
                        N(add_chosen)(channels, grad, p->argmax + at, place, sum);
                    }
                }
            }
            if (!one) N(put_row)(channels, sum, 1, dst);
        }
    }
    mt_deallocate(sum, bytes);
}

static const pool_kernels N(kernels) = {N(max_rows), N(average_rows), N(gradient_rows)};
