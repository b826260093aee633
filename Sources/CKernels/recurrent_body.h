// The steps of recurrent layers for elements of type T; included once for each type, with T, FN
// (for T's functions) and N(name) defined.

enum { N(lanes) = 64 / sizeof(T), N(width) = 4 * N(lanes) };
typedef T N(vector) __attribute__((vector_size(64), aligned(sizeof(T))));

// ---- Products of rows with a packed matrix

// c (R rows, width) = a (R rows, depth) times one panel (depth, width), added to what c holds if
// `add`. Every element is one sum over the depth in order, whatever R is.
INLINE void N(tile)(const int R, const T *const *a, int64_t depth, const T *panel, T *const *c,
                    int64_t at, bool add) {
    N(vector) sum[8][4];
    _Pragma("clang loop unroll(full)") for (int r = 0; r < R; r++) {
        _Pragma("clang loop unroll(full)") for (int v = 0; v < 4; v++) {
            sum[r][v] = add ? *(const N(vector) *)(c[r] + at + v * N(lanes)) : (N(vector)){0};
        }
    }
    for (int64_t k = 0; k < depth; k++) {
        const N(vector) *b = (const N(vector) *)(panel + k * N(width));
        _Pragma("clang loop unroll(full)") for (int r = 0; r < R; r++) {
            T factor = a[r][k];
            _Pragma("clang loop unroll(full)") for (int v = 0; v < 4; v++) {
                sum[r][v] += factor * b[v];
            }
        }
    }
    _Pragma("clang loop unroll(full)") for (int r = 0; r < R; r++) {
        _Pragma("clang loop unroll(full)") for (int v = 0; v < 4; v++) {
            *(N(vector) *)(c[r] + at + v * N(lanes)) = sum[r][v];
        }
    }
}

// A panel of fewer columns, through memory of the full width.
#define PANEL_ROWS(R) \
    HOT static void N(panel_##R)(const T *const *a, int64_t depth, const T *panel, T *const *c, \
                                 int64_t at, int64_t columns, bool add) { \
        if (columns == N(width)) { \
            N(tile)(R, a, depth, panel, c, at, add); \
            return; \
        } \
        T whole[R][N(width)], *rows[R]; \
        for (int r = 0; r < R; r++) { \
            rows[r] = whole[r]; \
            for (int64_t j = 0; j < N(width); j++) \
                whole[r][j] = add && j < columns ? c[r][at + j] : 0; \
        } \
        N(tile)(R, a, depth, panel, rows, 0, true); \
        for (int r = 0; r < R; r++) memcpy(c[r] + at, whole[r], (size_t)columns * sizeof(T)); \
    }
PANEL_ROWS(1)
PANEL_ROWS(2)
PANEL_ROWS(3)
PANEL_ROWS(4)
PANEL_ROWS(5)
PANEL_ROWS(6)
#undef PANEL_ROWS

static void N(multiply)(int64_t rows, const T *const *a, int64_t depth, const T *packed,
                        int64_t columns, T *const *c, bool add) {
    typedef void (*kernel)(const T *const *, int64_t, const T *, T *const *, int64_t, int64_t,
                           bool);
    static const kernel kernels[] = {NULL,       N(panel_1), N(panel_2), N(panel_3),
                                     N(panel_4), N(panel_5), N(panel_6)};
    // Blocks as equal as can be of at most six rows: as many sums as there are registers.
    int64_t blocks = div_up(rows, 6);
    for (int64_t at = 0; at < columns; at += N(width)) {
        const T *panel = packed + at * depth;
        for (int64_t i = 0, row = 0; i < blocks; i++) {
            int64_t height = rows / blocks + (i < rows % blocks);
            kernels[height](a + row, depth, panel, c + row, at, min64(N(width), columns - at), add);
            row += height;
        }
    }
}

typedef struct {
    int64_t depth, columns, depth_stride, column_stride;
    const T *matrix;
    T *packed;
} N(packing);

// A square of elements, transposed: at every round the two halves are interleaved.
INLINE void N(transpose)(const T *from, int64_t from_row, T *to, int64_t to_row) {
    N(vector) rows[N(lanes)], next[N(lanes)];
    for (int i = 0; i < N(lanes); i++) rows[i] = *(const N(vector) *)(from + i * from_row);
    for (int round = 1; round < N(lanes); round *= 2) {
        for (int i = 0; i < N(lanes) / 2; i++) {
            next[2 * i] = INTERLEAVE_LOW(rows[i], rows[i + N(lanes) / 2]);
            next[2 * i + 1] = INTERLEAVE_HIGH(rows[i], rows[i + N(lanes) / 2]);
        }
        memcpy(rows, next, sizeof rows);
    }
    for (int i = 0; i < N(lanes); i++) *(N(vector) *)(to + i * to_row) = rows[i];
}

HOT static void N(pack_panel)(const N(packing) * p, const T *from, T *panel, int64_t columns) {
    if (columns < N(width)) memset(panel, 0, (size_t)(p->depth * N(width)) * sizeof(T));
    int64_t squares = p->depth_stride == 1 ? p->depth / N(lanes) * N(lanes) : 0,
            wide = columns / N(lanes) * N(lanes);
    for (int64_t j = 0; j < wide; j += N(lanes)) {
        for (int64_t k = 0; k < squares; k += N(lanes)) N(transpose)
        (from + j * p->column_stride + k, p->column_stride, panel + k * N(width) + j, N(width));
    }
    for (int64_t k = 0; k < p->depth; k++) {
        for (int64_t j = k < squares ? wide : 0; j < columns; j++)
            panel[k * N(width) + j] = from[k * p->depth_stride + j * p->column_stride];
    }
}

static void N(pack_panels)(int64_t begin, int64_t end, void *context) {
    const N(packing) *p = context;
    for (int64_t i = begin; i < end; i++) {
        int64_t first = i * N(width);
        N(pack_panel)
        (p, p->matrix + first * p->column_stride, p->packed + first * p->depth,
         min64(N(width), p->columns - first));
    }
}

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
            from[i] = (const T *)p->x + (first + i) * p->depth;
            to[i] = (T *)p->y + (first + i) * p->y_row + column;
            if (p->bias != NULL)
                memcpy(to[i], (const T *)p->bias + column, (size_t)columns * sizeof(T));
        }
        N(multiply)
        (rows, from, p->depth, (const T *)p->packed + column * p->depth, columns, to,
         p->bias != NULL);
    }
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
