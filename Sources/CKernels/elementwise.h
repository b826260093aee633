// Element-wise kernels work on tiles: a few rows, each contiguous in every operand. The driver cuts
// any strided index space into tiles, copying and converting through small buffers what does not
// fit that form.
#ifndef MARTLET_ELEMENTWISE_H
#define MARTLET_ELEMENTWISE_H

#include "internal.h"

typedef struct {
    int64_t rows, count; // count elements in each row
    void *dst;
    const void *in[3];
    int64_t dst_row, in_row[3]; // elements from row to row, may be 0
    double p, q;
} mt_tile;

typedef void (*mt_tile_kernel)(const mt_tile *tile);

typedef struct {
    mt_tile_kernel kernel;
    int inputs;
    // The element types in memory (destination first), and those the kernel takes.
    mt_dtype type[MT_MAX_OPERANDS], kernel_type[MT_MAX_OPERANDS];
    char *base[MT_MAX_OPERANDS];
    double p, q;
} mt_elementwise;

// Runs the kernel over an index space whose strides are given by operand, destination first.
void mt_elementwise_run(const mt_elementwise *call, int ndim, const int64_t *shape,
                        const int64_t *const *strides);

// The kernels, or NULL where the operation is not defined for the type.
mt_tile_kernel mt_unary_float(mt_unary_op op);
mt_tile_kernel mt_unary_double(mt_unary_op op);
mt_tile_kernel mt_unary_integer(mt_unary_op op, mt_dtype type);
mt_tile_kernel mt_unary_bfloat16(mt_unary_op op); // only those worth having without the detour
mt_tile_kernel mt_binary_float(mt_binary_op op);
mt_tile_kernel mt_binary_double(mt_binary_op op);
mt_tile_kernel mt_binary_integer(mt_binary_op op, mt_dtype type);
mt_tile_kernel mt_binary_bfloat16(mt_binary_op op); // likewise

// Defines tile kernels computing EXPRESSION of x (and y), of element type S computing as T, into R.
#define UNARY_KERNEL(NAME, S, T, R, LOAD, STORE, EXPRESSION) \
    HOT static void NAME(const mt_tile *tile) { \
        const T p = (T)tile->p, q = (T)tile->q; \
        (void)p; \
        (void)q; \
        const int64_t count = tile->count; \
        for (int64_t row = 0; row < tile->rows; row++) { \
            R *dst = (R *)tile->dst + row * tile->dst_row; \
            const S *in = (const S *)tile->in[0] + row * tile->in_row[0]; \
            VECTOR for (int64_t i = 0; i < count; i++) { \
                const T x = LOAD(in[i]); \
                dst[i] = STORE(EXPRESSION); \
            } \
        } \
    }

#define BINARY_KERNEL(NAME, S, T, R, LOAD, STORE, EXPRESSION) \
    HOT static void NAME(const mt_tile *tile) { \
        const T p = (T)tile->p, q = (T)tile->q; \
        (void)p; \
        (void)q; \
        const int64_t count = tile->count; \
        for (int64_t row = 0; row < tile->rows; row++) { \
            R *dst = (R *)tile->dst + row * tile->dst_row; \
            const S *a = (const S *)tile->in[0] + row * tile->in_row[0]; \
            const S *b = (const S *)tile->in[1] + row * tile->in_row[1]; \
            VECTOR for (int64_t i = 0; i < count; i++) { \
                const T x = LOAD(a[i]), y = LOAD(b[i]); \
                dst[i] = STORE(EXPRESSION); \
            } \
        } \
    }

#define AS_IS(x) (x)

#endif
