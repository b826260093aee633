// The steps of recurrent layers for elements of type T; included once for each type, with T, FN
// (for T's functions) and N(name) defined.

// ---- The input's product

// Some rows of one panel of the product of a matrix with packed weights, plus a bias.
static void N(project_tiles)(int64_t begin, int64_t end, void *context) {
    const projection *p = context;
    int64_t panels = div_up(p->columns, N(width));
    for (int64_t tile = begin; tile < end; tile++) {
        int64_t first = tile / panels * MT_PROJECTED_ROWS, column = tile % panels * N(width),
                columns = min64(N(width), p->columns - column),
                rows = min64(MT_PROJECTED_ROWS, p->rows - first);
        const T *from[MT_PROJECTED_ROWS];
        T *to[MT_PROJECTED_ROWS];
        for (int64_t i = 0; i < rows; i++) {
            from[i] = (const T *)p->x + (first + i) * p->x_row;
            to[i] = (T *)p->y + (first + i) * p->y_row + column;
            if (p->bias != NULL)
                memcpy(to[i], (const T *)p->bias + column, (size_t)columns * sizeof(T));
        }
        N(multiply)
        (rows, from, p->depth, (const T *)p->packed + column * p->depth, columns, to,
         p->bias != NULL);
    }
}

static void N(turn_rows)(int64_t begin, int64_t end, void *context) {
    const turning *t = context;
    int64_t first = begin * MT_TURNED_ROWS, last = min64(end * MT_TURNED_ROWS, t->rows);
    for (; first < last; first += MT_TURNED_ROWS) N(turn)
    (min64(MT_TURNED_ROWS, last - first), t->columns, (const T *)t->src + first * t->columns,
     t->columns, (T *)t->dst + first, t->rows);
}

// ---- Gates

HOT static void N(lstm_gates)(int64_t hidden, T *gates, const T *before, T *cell, T *y) {
    T *i = gates, *f = gates + hidden, *g = gates + 2 * hidden, *o = gates + 3 * hidden;
    VECTOR for (int64_t j = 0; j < hidden; j++) {
        T in = FN(sigmoid)(i[j]), keep = FN(sigmoid)(f[j]), value = FN(tanh)(g[j]),
          out = FN(sigmoid)(o[j]);
        T state = keep * before[j] + in * value;
        i[j] = in;
        f[j] = keep;
        g[j] = value;
        o[j] = out;
        cell[j] = state;
        y[j] = out * FN(tanh)(state);
    }
}

HOT static void N(lstm_grad)(int64_t hidden, const T *gates, const T *before, const T *cell,
                             const T *grad_y, const T *grad_h, T *grad_c, T *grad) {
    VECTOR for (int64_t j = 0; j < hidden; j++) {
        T i = gates[j], f = gates[hidden + j], g = gates[2 * hidden + j], o = gates[3 * hidden + j];
        T squashed = FN(tanh)(cell[j]), h = grad_h[j] + grad_y[j];
        T c = grad_c[j] + h * o * (1 - squashed * squashed);
        grad[j] = c * g * i * (1 - i);
        grad[hidden + j] = c * before[j] * f * (1 - f);
        grad[2 * hidden + j] = c * i * (1 - g * g);
        grad[3 * hidden + j] = h * squashed * o * (1 - o);
        grad_c[j] = c * f;
    }
}

HOT static void N(gru_gates)(int64_t hidden, T *gates, const T *bias, const T *before, T *y) {
    T *r = gates, *z = gates + hidden, *n = gates + 2 * hidden, *own = gates + 3 * hidden;
    VECTOR for (int64_t j = 0; j < hidden; j++) {
        T reset = FN(sigmoid)(r[j]), update = FN(sigmoid)(z[j]), part = own[j] + bias[j];
        T fresh = FN(tanh)(n[j] + reset * part);
        r[j] = reset;
        z[j] = update;
        n[j] = fresh;
        own[j] = part;
        y[j] = fresh + update * (before[j] - fresh);
    }
}

HOT static void N(gru_grad)(int64_t hidden, const T *gates, const T *before, const T *grad_y,
                            T *grad_h, T *grad) {
    VECTOR for (int64_t j = 0; j < hidden; j++) {
        T r = gates[j], z = gates[hidden + j], n = gates[2 * hidden + j],
          own = gates[3 * hidden + j];
        T h = grad_h[j] + grad_y[j], fresh = h * (1 - z) * (1 - n * n);
        grad[j] = fresh * own * r * (1 - r);
        grad[hidden + j] = h * (before[j] - n) * z * (1 - z);
        grad[2 * hidden + j] = fresh;
        grad[3 * hidden + j] = fresh * r;
        grad_h[j] = h * z;
    }
}

HOT static void N(rnn_gates)(int64_t hidden, bool relu, T *gates, T *y) {
    if (relu) {
        VECTOR for (int64_t j = 0; j < hidden; j++) y[j] = gates[j] < 0 ? 0 : gates[j];
    } else {
        VECTOR for (int64_t j = 0; j < hidden; j++) y[j] = FN(tanh)(gates[j]);
    }
}

HOT static void N(rnn_grad)(int64_t hidden, bool relu, const T *y, const T *grad_y, const T *grad_h,
                            T *grad) {
    VECTOR for (int64_t j = 0; j < hidden; j++) {
        T slope = relu ? (T)(y[j] > 0) : 1 - y[j] * y[j];
        grad[j] = (grad_h[j] + grad_y[j]) * slope;
    }
}

// ---- Sequences

// Where the parts of a direction lie for one row and step.
INLINE T *N(place)(const void *base, const mt_recurrent *x, int64_t t, int64_t row,
                   int64_t stride) {
    return (T *)base + (t * x->batch + row) * stride;
}

// The row's state before step t: what the step before gave, or the first state.
INLINE const T *N(previous)(const mt_recurrent *x, const void *states, int64_t stride,
                            const void *first, int64_t t, int64_t row) {
    int64_t before = x->reverse ? t + 1 : t - 1;
    if (before < 0 || before >= length_of(x, row)) return (const T *)first + row * x->hidden;
    return N(place)(states, x, before, row, stride);
}

static void N(forward_rows)(const mt_recurrent *x, int64_t begin, int64_t end) {
    int64_t rows = end - begin, hidden = x->hidden, width = x->gate_width;
    size_t bytes = (size_t)rows * 2 * sizeof(void *);
    const T **before = mt_scratch(bytes);
    T **gates = (T **)(before + rows);
    const cell_parts parts = parts_of(x);
    for (int64_t i = 0; i < x->steps; i++) {
        int64_t t = x->reverse ? x->steps - 1 - i : i, active = 0;
        for (int64_t row = begin; row < end; row++) {
            if (t >= length_of(x, row)) {
                memset(N(place)(x->y, x, t, row, x->y_row), 0, (size_t)hidden * sizeof(T));
                continue;
            }
            before[active] = N(previous)(x, x->y, x->y_row, x->h0, t, row);
            gates[active++] = N(place)(x->gates, x, t, row, width);
        }
        N(multiply)
        (active, before, hidden, x->weights[0], parts.columns[0], gates, true);
        if (parts.count > 1) {
            for (int64_t j = 0; j < active; j++) gates[j] += parts.offset;
            N(multiply)
            (active, before, hidden, x->weights[1], parts.columns[1], gates, false);
        }
        for (int64_t row = begin, j = 0; row < end; row++) {
            if (t >= length_of(x, row)) continue;
            T *y = N(place)(x->y, x, t, row, x->y_row), *g = N(place)(x->gates, x, t, row, width);
            switch (x->cell) {
            case MT_LSTM:
                N(lstm_gates)
                (hidden, g, N(previous)(x, x->c, hidden, x->c0, t, row),
                 N(place)(x->c, x, t, row, hidden), y);
                break;
            case MT_GRU: N(gru_gates)(hidden, g, x->hidden_bias, before[j], y); break;
            default: N(rnn_gates)(hidden, x->cell == MT_RNN_RELU, g, y); break;
            }
            j++;
        }
    }
    for (int64_t row = begin; row < end; row++) {
        int64_t last = x->reverse ? 0 : length_of(x, row) - 1;
        size_t size = (size_t)hidden * sizeof(T);
        memcpy((T *)x->hn + row * hidden, N(place)(x->y, x, last, row, x->y_row), size);
        if (x->cell == MT_LSTM)
            memcpy((T *)x->cn + row * hidden, N(place)(x->c, x, last, row, hidden), size);
    }
    mt_deallocate(before, bytes);
}

// grad_h0 and grad_c0 hold the gradients of the later states on the way.
static void N(backward_rows)(const mt_recurrent *x, int64_t begin, int64_t end) {
    int64_t rows = end - begin, hidden = x->hidden, width = x->gate_width;
    size_t bytes = (size_t)rows * 2 * sizeof(void *);
    const T **grads = mt_scratch(bytes);
    T **states = (T **)(grads + rows);
    const cell_parts parts = parts_of(x);
    for (int64_t i = 0; i < x->steps; i++) {
        int64_t t = x->reverse ? i : x->steps - 1 - i, active = 0;
        for (int64_t row = begin; row < end; row++) {
            T *grad = N(place)(x->grad_gates, x, t, row, width);
            if (t >= length_of(x, row)) {
                memset(grad, 0, (size_t)width * sizeof(T));
                continue;
            }
            const T *gates = N(place)(x->gates, x, t, row, width),
                    *grad_y = N(place)(x->grad_y, x, t, row, x->y_row);
            T *grad_h = (T *)x->grad_h0 + row * hidden;
            switch (x->cell) {
            case MT_LSTM:
                N(lstm_grad)
                (hidden, gates, N(previous)(x, x->c, hidden, x->c0, t, row),
                 N(place)(x->c, x, t, row, hidden), grad_y, grad_h, (T *)x->grad_c0 + row * hidden,
                 grad);
                break;
            case MT_GRU:
                N(gru_grad)
                (hidden, gates, N(previous)(x, x->y, x->y_row, x->h0, t, row), grad_y, grad_h,
                 grad);
                break;
            default:
                N(rnn_grad)
                (hidden, x->cell == MT_RNN_RELU, N(place)(x->y, x, t, row, x->y_row), grad_y,
                 grad_h, grad);
                break;
            }
            grads[active] = grad;
            states[active++] = grad_h;
        }
        // A GRU's state passes on directly, too: grad_h has that part already.
        N(multiply)
        (active, grads, parts.columns[0], x->weights[0], hidden, states, x->cell == MT_GRU);
        if (parts.count > 1) {
            for (int64_t j = 0; j < active; j++) grads[j] += parts.offset;
            N(multiply)
            (active, grads, parts.columns[1], x->weights[1], hidden, states, true);
        }
    }
    mt_deallocate(grads, bytes);
}

static const recurrent_kernels N(recurrent_kernels) = {N(forward_rows), N(backward_rows)};
