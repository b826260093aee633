// Matrix products that are over before a library would have planned them.
#include "internal.h"

enum {
    ENOUGH = 4096, // multiplications
    DEPTH = 256,   // of the columns that are packed
    WIDTH = 16,    // columns worked on side by side
};

#define SMALL_PRODUCT(T) \
    HOT static void small_product_##T(int64_t m, int64_t n, int64_t k, const T *a, int64_t a_row, \
                                      int64_t a_column, const T *b, int64_t b_row, \
                                      int64_t b_column, T *c, int64_t c_row) { \
        T packed[DEPTH][WIDTH]; \
        for (int64_t first = 0; first < n; first += WIDTH) { \
            int64_t width = min64(WIDTH, n - first); \
            for (int64_t l = 0; l < k; l++) { \
                const T *from = b + l * b_row + first * b_column; \
                for (int64_t j = 0; j < WIDTH; j++) \
                    packed[l][j] = j < width ? from[j * b_column] : 0; \
            } \
            for (int64_t i = 0; i < m; i++) { \
                T sums[WIDTH] = {0}; \
                for (int64_t l = 0; l < k; l++) { \
                    const T x = a[i * a_row + l * a_column]; \
                    for (int64_t j = 0; j < WIDTH; j++) sums[j] += x * packed[l][j]; \
                } \
                memcpy(c + i * c_row + first, sums, (size_t)width * sizeof(T)); \
            } \
        } \
    }
SMALL_PRODUCT(float)
SMALL_PRODUCT(double)

bool mt_small_product(mt_dtype type, int64_t m, int64_t n, int64_t k, const void *a, int64_t a_row,
                      int64_t a_column, const void *b, int64_t b_row, int64_t b_column, void *c,
                      int64_t c_row) {
    if (m * n * k > ENOUGH || k > DEPTH) return false;
    if (type == MT_FLOAT32) {
        small_product_float(m, n, k, a, a_row, a_column, b, b_row, b_column, c, c_row);
    } else if (type == MT_FLOAT64) {
        small_product_double(m, n, k, a, a_row, a_column, b, b_row, b_column, c, c_row);
    } else {
        return false;
    }
    return true;
}
