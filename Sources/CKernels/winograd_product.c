// Products of Winograd's convolutions at a point: see winograd.c.
#include "packed.h"
#include "winograd.h"

// c (R, PANEL) = a (R, depth) times a panel (depth, PANEL), or that added to c.
INLINE void product_tile(const int R, const float *a, int64_t a_row, int64_t a_depth, int64_t depth,
                         const float *panel, float *c, int64_t c_row, bool add) {
    vector sum[12][VECTORS];
    _Pragma("clang loop unroll(full)") for (int r = 0; r < R; r++) {
        _Pragma("clang loop unroll(full)") for (int v = 0; v < VECTORS; v++) {
            sum[r][v] = add ? *(const vector *)(c + r * c_row + v * LANES) : (vector){0};
        }
    }
    for (int64_t k = 0; k < depth; k++) {
        const vector *b = (const vector *)(panel + k * PANEL);
        _Pragma("clang loop unroll(full)") for (int r = 0; r < R; r++) {
            const float factor = a[r * a_row + k * a_depth];
            _Pragma("clang loop unroll(full)") for (int v = 0; v < VECTORS; v++) {
                sum[r][v] += factor * b[v];
            }
        }
    }
    _Pragma("clang loop unroll(full)") for (int r = 0; r < R; r++) {
        _Pragma("clang loop unroll(full)") for (int v = 0; v < VECTORS; v++) {
            *(vector *)(c + r * c_row + v * LANES) = sum[r][v];
        }
    }
}

#define PRODUCT_ROWS(R) \
    HOT static void product_##R(const float *a, int64_t a_row, int64_t a_depth, int64_t depth, \
                                const float *panel, float *c, int64_t c_row, bool add) { \
        product_tile(R, a, a_row, a_depth, depth, panel, c, c_row, add); \
    }
PRODUCT_ROWS(1)
PRODUCT_ROWS(2)
PRODUCT_ROWS(3)
PRODUCT_ROWS(4)
PRODUCT_ROWS(5)
PRODUCT_ROWS(6)
PRODUCT_ROWS(7)
PRODUCT_ROWS(8)
PRODUCT_ROWS(9)
PRODUCT_ROWS(10)
PRODUCT_ROWS(11)
PRODUCT_ROWS(12)
#undef PRODUCT_ROWS

// Rows of c that the registers hold sums for.
static int64_t block_rows(void) { return has_wide_vectors() ? 12 : 3; }

void winograd_multiply(int64_t rows, const float *a, int64_t a_row, int64_t a_depth, int64_t depth,
                       const float *packed, int64_t columns, float *c, int64_t c_row, bool add) {
    typedef void (*kernel)(const float *, int64_t, int64_t, int64_t, const float *, float *,
                           int64_t, bool);
    static const kernel kernels[] = {NULL,       product_1,  product_2, product_3, product_4,
                                     product_5,  product_6,  product_7, product_8, product_9,
                                     product_10, product_11, product_12};
    const int64_t blocks = div_up(rows, block_rows());
    for (int64_t at = 0; at < columns; at += PANEL) {
        for (int64_t i = 0, row = 0; i < blocks; i++) {
            const int64_t height = rows / blocks + (i < rows % blocks);
            kernels[height](a + row * a_row, a_row, a_depth, depth, packed + at * depth,
                            c + row * c_row + at, c_row, add);
            row += height;
        }
    }
}
