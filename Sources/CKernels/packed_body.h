// Products of rows with a packed matrix in type T; included once for each type, with T, N(name) and
// the halves of two interleaved vectors, INTERLEAVE_LOW and _HIGH, defined.
//
// A matrix is packed in panels of as many columns as four vectors hold, each row of a panel after
// the other.

enum { N(lanes) = 64 / sizeof(T), N(width) = 4 * N(lanes) };
typedef T N(vector) __attribute__((vector_size(64), aligned(sizeof(T))));

// c (R rows, V vectors) = a (R rows, depth) times the first columns of a panel (depth, width),
// added to what c holds if `add`. Every element is one sum over the depth in order, whatever R is.
INLINE void N(tile)(const int R, const int V, const T *const *a, int64_t depth, const T *panel,
                    T *const *c, int64_t at, bool add) {
    N(vector) sum[8][4];
    _Pragma("clang loop unroll(full)") for (int r = 0; r < R; r++) {
        _Pragma("clang loop unroll(full)") for (int v = 0; v < V; v++) {
            sum[r][v] = add ? *(const N(vector) *)(c[r] + at + v * N(lanes)) : (N(vector)){0};
        }
    }
    for (int64_t k = 0; k < depth; k++) {
        const N(vector) *b = (const N(vector) *)(panel + k * N(width));
        _Pragma("clang loop unroll(full)") for (int r = 0; r < R; r++) {
            T factor = a[r][k];
            _Pragma("clang loop unroll(full)") for (int v = 0; v < V; v++) {
                sum[r][v] += factor * b[v];
            }
        }
    }
    _Pragma("clang loop unroll(full)") for (int r = 0; r < R; r++) {
        _Pragma("clang loop unroll(full)") for (int v = 0; v < V; v++) {
            *(N(vector) *)(c[r] + at + v * N(lanes)) = sum[r][v];
        }
    }
}

// A whole panel or half of one, others through memory of either width.
#define PANEL_ROWS(R) \
    HOT static void N(panel_##R)(const T *const *a, int64_t depth, const T *panel, T *const *c, \
                                 int64_t at, int64_t columns, bool add) { \
        if (columns == N(width)) { \
            N(tile)(R, 4, a, depth, panel, c, at, add); \
            return; \
        } \
        if (columns == N(width) / 2) { \
            N(tile)(R, 2, a, depth, panel, c, at, add); \
            return; \
        } \
        T whole[R][N(width)], *rows[R]; \
        for (int r = 0; r < R; r++) { \
            rows[r] = whole[r]; \
            for (int64_t j = 0; j < N(width); j++) \
                whole[r][j] = add && j < columns ? c[r][at + j] : 0; \
        } \
        if (columns < N(width) / 2) { \
            N(tile)(R, 2, a, depth, panel, rows, 0, true); \
        } else { \
            N(tile)(R, 4, a, depth, panel, rows, 0, true); \
        } \
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
    // As many sums as there are registers: six rows of whole panels, or three of halves. The rows'
    // blocks are as equal as can be.
    int64_t blocks = div_up(rows, has_wide_vectors() ? 6 : 3),
            span = has_wide_vectors() ? N(width) : N(width) / 2;
    for (int64_t at = 0; at < columns; at += span) {
        const T *panel = packed + at / N(width) * N(width) * depth + at % N(width);
        for (int64_t i = 0, row = 0; i < blocks; i++) {
            int64_t height = rows / blocks + (i < rows % blocks);
            kernels[height](a + row, depth, panel, c + row, at, min64(span, columns - at), add);
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

// (rows, columns) as (columns, rows).
HOT static void N(turn)(int64_t rows, int64_t columns, const T *from, int64_t from_row, T *to,
                        int64_t to_row) {
    int64_t high = rows / N(lanes) * N(lanes), wide = columns / N(lanes) * N(lanes);
    for (int64_t j = 0; j < wide; j += N(lanes)) {
        for (int64_t i = 0; i < high; i += N(lanes))
            N(transpose)(from + i * from_row + j, from_row, to + j * to_row + i, to_row);
    }
    for (int64_t j = 0; j < columns; j++) {
        for (int64_t i = j < wide ? high : 0; i < rows; i++)
            to[j * to_row + i] = from[i * from_row + j];
    }
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
