// Reductions: the driver in reduce.c walks the index space, the kernels in reduce_kernels.c add up
// what is contiguous.
#ifndef MARTLET_REDUCE_H
#define MARTLET_REDUCE_H

#include "internal.h"

// What is known of one output so far: sums and extremes as they are; an argument's value and index;
// a log-sum-exp's maximum and the sum of exp(x - maximum); a variance's mean and sum of squared
// distances from it, of `count` elements. Floating types keep doubles, the others int64.
typedef struct {
    union {
        double real;
        int64_t whole;
    } value, second;
    int64_t count;
} mt_state;

enum {
    MT_REDUCE_PIECE = 4096,   // elements that a row kernel gets at most
    MT_REDUCE_COLUMNS = 1024, // outputs that a column kernel gets at most
    MT_REDUCE_FLUSH = 1024,   // rows after which column sums go over to the states
};

// Accumulators of a block of columns, in the computing type; the index of an extreme in `second`;
// of a variance the number of rows.
typedef struct {
    int64_t rows;
    _Alignas(64) char value[MT_REDUCE_COLUMNS * 8];
    _Alignas(64) char second[MT_REDUCE_COLUMNS * 8];
} mt_columns;

typedef struct {
    // Adds a contiguous piece to a state; `index` is the place of its first element, `step` from
    // one to the next.
    void (*row)(mt_reduce_op op, int64_t count, const void *x, int64_t index, int64_t step,
                mt_state *state);
    // Adds rows of columns to accumulators; likewise, from row to row.
    void (*column)(mt_reduce_op op, int64_t rows, int64_t columns, const void *x,
                   int64_t row_stride, int64_t index, int64_t step, mt_columns *sums);
    void (*start)(mt_reduce_op op, int64_t columns, mt_columns *sums);
    // Joins the accumulators to the states.
    void (*flush)(mt_reduce_op op, int64_t columns, const mt_columns *sums, mt_state *states);
    bool real; // states hold doubles
} mt_reduce_kernels;

const mt_reduce_kernels *mt_reduce_kernels_of(mt_dtype computing);
mt_state mt_state_start(mt_reduce_op op, bool real);
// Adds what comes later in order to a state.
void mt_state_join(mt_reduce_op op, bool real, mt_state *state, const mt_state *later);
// Reduces into a given type: mt_reduce, but for the choice of that type.
void mt_reduce_into(mt_reduce_op op, mt_dtype type, int ndim, const int64_t *shape,
                    const int64_t *strides, uint64_t reduced, double scale, const void *src,
                    mt_dtype dst_type, void *dst);

#endif
