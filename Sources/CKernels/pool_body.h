// Pooling of elements of type S that compute in type T; included once for each type, with S, T,
// LOAD, STORE and N(name) defined. A unit of work is a place of the output, or for gradients of the
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

#define UNROLLED(n) \
    case n: { \
        const S *own[n]; \
        int32_t at[n]; \
        memcpy(own, cells, sizeof own); \
        memcpy(at, places, sizeof at); \
        N(max_cells)(n, own, at, channels, y, argmax); \
        return; \
    }

INLINE void N(max_window)(int count, const S *const *cells, const int32_t *places, int64_t channels,
                          S *y, int32_t *argmax) {
    switch (count) {
        UNROLLED(2)
        UNROLLED(3)
        UNROLLED(4)
        UNROLLED(8)
        UNROLLED(9)
    default: break;
    }
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
#undef UNROLLED

// As max_window, but when `begun`, y and argmax hold the greatest of earlier cells.
INLINE void N(max_more)(bool begun, int count, const S *const *cells, const int32_t *places,
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

HOT static void N(maxima)(int64_t begin, int64_t end, void *context) {
    const pool *p = context;
    const mt_pool_shape *s = &p->shape;
    int64_t channels = s->channels, height = s->input[1], width = s->input[2];
    const S *cells[MT_POOL_CELLS];
    int32_t places[MT_POOL_CELLS];
    place o = place_of(begin, s->output);
    for (int64_t index = begin; index < end; index++, advance(&o, s->output)) {
        const S *x = (const S *)p->in + o.image * volume(s->input) * channels;
        S *y = (S *)p->out + index * channels;
        int32_t *argmax = p->argmax + index * channels;
        const span *deep = p->spans[0] + o.at[0], *down = p->spans[1] + o.at[1],
                   *across = p->spans[2] + o.at[2];
        int count = 0;
        bool begun = false;
        for (int64_t d = deep->begin; d < deep->end; d += s->dilation[0]) {
            int64_t planes = number_of(p, 0, deep, d) * s->kernel[1];
            for (int64_t h = down->begin; h < down->end; h += s->dilation[1]) {
                int64_t first = (planes + number_of(p, 1, down, h)) * s->kernel[2];
                const S *row = x + (d * height + h) * width * channels;
                for (int64_t w = across->begin; w < across->end; w += s->dilation[2]) {
                    if (count == MT_POOL_CELLS) { // a large window goes in several parts
                        N(max_more)(begun, count, cells, places, channels, y, argmax);
                        begun = true;
                        count = 0;
                    }
                    cells[count] = row + w * channels;
                    places[count++] = (int32_t)(first + number_of(p, 2, across, w));
                }
            }
        }
        N(max_more)(begun, count, cells, places, channels, y, argmax);
    }
}

// ---- Average

INLINE void N(add_cell)(int64_t channels, const S *cell, T factor, T *sum) {
    VECTOR for (int64_t c = 0; c < channels; c++) sum[c] += LOAD(cell[c]) * factor;
}

INLINE void N(put_row)(int64_t channels, const T *sum, T factor, S *y) {
    VECTOR for (int64_t c = 0; c < channels; c++) y[c] = STORE(sum[c] * factor);
}

HOT static void N(averages)(int64_t begin, int64_t end, void *context) {
    const pool *p = context;
    const mt_pool_shape *s = &p->shape;
    int64_t channels = s->channels, height = s->input[1], width = s->input[2];
    size_t bytes = (size_t)channels * sizeof(T);
    T *sum = mt_scratch(bytes);
    place o = place_of(begin, s->output);
    for (int64_t index = begin; index < end; index++, advance(&o, s->output)) {
        const S *x = (const S *)p->in + o.image * volume(s->input) * channels;
        const span *deep = p->spans[0] + o.at[0], *down = p->spans[1] + o.at[1],
                   *across = p->spans[2] + o.at[2];
        memset(sum, 0, bytes);
        for (int64_t d = deep->begin; d < deep->end; d++) {
            for (int64_t h = down->begin; h < down->end; h++) {
                const S *row = x + (d * height + h) * width * channels;
                for (int64_t w = across->begin; w < across->end; w++)
                    N(add_cell)(channels, row + w * channels, 1, sum);
            }
        }
        N(put_row)
        (channels, sum, (T)(1 / divisor_of(p, deep, down, across)), (S *)p->out + index * channels);
    }
    mt_deallocate(sum, bytes);
}

INLINE T N(run_sum)(int64_t count, const S *x) {
    REASSOCIATE
    T sum = 0;
    for (int64_t i = 0; i < count; i++) sum += LOAD(x[i]);
    return sum;
}

// Averages of channels that each lie in one piece.
HOT static void N(plane_averages)(int64_t begin, int64_t end, void *context) {
    const pool *p = context;
    const mt_pool_shape *s = &p->shape;
    int64_t height = s->input[1], width = s->input[2];
    S *y = (S *)p->out + begin * volume(s->output);
    for (int64_t plane = begin; plane < end; plane++) {
        const S *x = (const S *)p->in + plane * volume(s->input);
        for (int64_t i = 0; i < volume(s->output); i++) {
            const span *deep = p->spans[0] + i / s->output[2] / s->output[1],
                       *down = p->spans[1] + i / s->output[2] % s->output[1],
                       *across = p->spans[2] + i % s->output[2];
            T sum = 0;
            for (int64_t d = deep->begin; d < deep->end; d++) {
                for (int64_t h = down->begin; h < down->end; h++)
                    sum += N(run_sum)(across->end - across->begin,
                                      x + (d * height + h) * width + across->begin);
            }
            *y++ = STORE(sum * (T)(1 / divisor_of(p, deep, down, across)));
        }
    }
}

// Their gradients.
HOT static void N(plane_gradients)(int64_t begin, int64_t end, void *context) {
    const pool *p = context;
    const mt_pool_shape *s = &p->shape;
    int64_t height = s->input[1], width = s->input[2], count = volume(s->input);
    size_t bytes = (size_t)count * sizeof(T);
    T *sum = mt_scratch(bytes);
    const S *grad = (const S *)p->in + begin * volume(s->output);
    for (int64_t plane = begin; plane < end; plane++) {
        memset(sum, 0, bytes);
        for (int64_t i = 0; i < volume(s->output); i++) {
            const span *deep = p->spans[0] + i / s->output[2] / s->output[1],
                       *down = p->spans[1] + i / s->output[2] % s->output[1],
                       *across = p->spans[2] + i % s->output[2];
            T share = LOAD(*grad) * (T)(1 / divisor_of(p, deep, down, across));
            grad++;
            for (int64_t d = deep->begin; d < deep->end; d++) {
                for (int64_t h = down->begin; h < down->end; h++) {
                    T *row = sum + (d * height + h) * width;
                    VECTOR for (int64_t w = across->begin; w < across->end; w++) row[w] += share;
                }
            }
        }
        N(put_row)(count, sum, 1, (S *)p->out + plane * count);
    }
    mt_deallocate(sum, bytes);
}

// ---- Gradients

INLINE void N(add_chosen)(int64_t channels, const S *grad, const int32_t *argmax, int32_t place,
                          T *sum) {
    VECTOR for (int64_t c = 0; c < channels; c++) sum[c] += argmax[c] == place ? LOAD(grad[c]) : 0;
}

// The usual case of windows that do not overlap: a cell belongs to one of them.
INLINE void N(put_chosen)(int64_t channels, const S *grad, const int32_t *argmax, int32_t place,
                          S *dst) {
    VECTOR for (int64_t c = 0; c < channels; c++) dst[c] = argmax[c] == place ? grad[c] : (S)0;
}

// The gradient of one cell from the windows of three ranges.
INLINE void N(gradient)(const pool *p, const place *cell, T *sum, S *dst) {
    const mt_pool_shape *s = &p->shape;
    int64_t channels = s->channels;
    const range deep = p->ranges[0][cell->at[0]], down = p->ranges[1][cell->at[1]],
                across = p->ranges[2][cell->at[2]];
    bool one = p->argmax != NULL && deep.end - deep.begin == 1 && down.end - down.begin == 1 &&
               across.end - across.begin == 1;
    bool put = false;
    if (!one) memset(sum, 0, (size_t)channels * sizeof(T));
    for (int64_t i = deep.begin; i < deep.end; i++) {
        const span *a = p->spans[0] + i;
        if (!holds(p, 0, a, cell->at[0])) continue;
        int64_t planes = number_of(p, 0, a, cell->at[0]) * s->kernel[1];
        for (int64_t j = down.begin; j < down.end; j++) {
            const span *b = p->spans[1] + j;
            if (!holds(p, 1, b, cell->at[1])) continue;
            int64_t first = (planes + number_of(p, 1, b, cell->at[1])) * s->kernel[2];
            int64_t row = ((cell->image * s->output[0] + i) * s->output[1] + j) * s->output[2];
            for (int64_t k = across.begin; k < across.end; k++) {
                const span *c = p->spans[2] + k;
                if (!holds(p, 2, c, cell->at[2])) continue;
                const S *grad = (const S *)p->in + (row + k) * channels;
                if (p->argmax == NULL) {
                    N(add_cell)(channels, grad, (T)(1 / divisor_of(p, a, b, c)), sum);
                    continue;
                }
                const int32_t *argmax = p->argmax + (row + k) * channels;
                int32_t number = (int32_t)(first + number_of(p, 2, c, cell->at[2]));
                if (one) {
                    N(put_chosen)(channels, grad, argmax, number, dst);
                } else {
                    N(add_chosen)(channels, grad, argmax, number, sum);
                }
                put = true;
            }
        }
    }
    if (!one) {
        N(put_row)(channels, sum, 1, dst);
    } else if (!put) {
        memset(dst, 0, (size_t)channels * sizeof(S));
    }
}

HOT static void N(gradients)(int64_t begin, int64_t end, void *context) {
    const pool *p = context;
    const mt_pool_shape *s = &p->shape;
    size_t bytes = (size_t)s->channels * sizeof(T);
    T *sum = mt_scratch(bytes);
    place cell = place_of(begin, s->input);
    for (int64_t index = begin; index < end; index++, advance(&cell, s->input))
        N(gradient)(p, &cell, sum, (S *)p->out + index * s->channels);
    mt_deallocate(sum, bytes);
}

static const pool_kernels N(kernels) = {
    N(maxima), N(averages), N(gradients), N(plane_averages), N(plane_gradients),
};
