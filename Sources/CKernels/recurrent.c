// Recurrent layers over whole sequences. The rows of a batch do not depend on each other, so a
// thread takes some of them through all steps: nothing waits between steps, and a row's numbers are
// the same in any batch and on any number of threads.
#include "floating_math.h"
#include "packed.h"

// double's exponentials are calls.
#pragma clang diagnostic ignored "-Wpass-failed"

// What the previous state is multiplied with: columns of the gates. A GRU's last quarter lies
// apart, because the reset gate is applied to it.
typedef struct {
    int count;
    int64_t columns[2], offset; // the second part's place among the gates
} cell_parts;

static cell_parts parts_of(const mt_recurrent *x) {
    switch (x->cell) {
    case MT_LSTM: return (cell_parts){1, {4 * x->hidden}, 0};
    case MT_GRU: return (cell_parts){2, {2 * x->hidden, x->hidden}, 3 * x->hidden};
    default: return (cell_parts){1, {x->hidden}, 0};
    }
}

INLINE int64_t length_of(const mt_recurrent *x, int64_t row) {
    return x->lengths == NULL ? x->steps : x->lengths[row];
}

typedef void (*sequence_rows)(const mt_recurrent *x, int64_t begin, int64_t end);
typedef struct {
    sequence_rows forward, backward;
} recurrent_kernels;

enum {
    MT_PROJECTED_ROWS = 48,     // as many as stay near with a panel of weights
    MT_TURNED_ROWS = 64,        // that a thread transposes at a time
    MT_WORTH_A_THREAD = 500000, // multiplications
};

typedef struct {
    int64_t rows, depth, columns, x_row, y_row;
    const void *x, *packed, *bias;
    void *y;
} projection;

typedef struct {
    int64_t rows, columns;
    const void *src;
    void *dst;
} turning;

#define BODY "recurrent_body.h"
#include "for_packed_types.h"

static int64_t panel_width(mt_dtype type) {
    return type == MT_FLOAT64 ? float64_width : float32_width;
}

int64_t mt_recurrent_packed_count(mt_dtype type, int64_t depth, int64_t columns) {
    int64_t width = panel_width(type);
    return depth * width * div_up(columns, width);
}

void mt_recurrent_pack(mt_dtype type, int64_t depth, int64_t columns, int64_t depth_stride,
                       int64_t column_stride, const void *matrix, void *packed) {
    int64_t width = panel_width(type), panels = div_up(columns, width);
    if (type == MT_FLOAT64) {
        float64_packing p = {depth, columns, depth_stride, column_stride, matrix, packed};
        mt_parallel(panels, row_grain(depth * width), float64_pack_panels, &p);
    } else {
        float32_packing p = {depth, columns, depth_stride, column_stride, matrix, packed};
        mt_parallel(panels, row_grain(depth * width), float32_pack_panels, &p);
    }
}

void mt_recurrent_project(mt_dtype type, int64_t rows, int64_t depth, int64_t columns,
                          const void *x, int64_t x_row, const void *packed, const void *bias,
                          void *y, int64_t y_row) {
    projection p = {rows, depth, columns, x_row, y_row, x, packed, bias, y};
    int64_t tiles = div_up(rows, MT_PROJECTED_ROWS) * div_up(columns, panel_width(type));
    int64_t work = min64(rows, MT_PROJECTED_ROWS) * depth * panel_width(type);
    mt_parallel(tiles, max64(1, MT_WORTH_A_THREAD / max64(1, work)),
                type == MT_FLOAT64 ? float64_project_tiles : float32_project_tiles, &p);
}

void mt_recurrent_turn(mt_dtype type, int64_t rows, int64_t columns, const void *src, void *dst) {
    turning t = {rows, columns, src, dst};
    mt_parallel(div_up(rows, MT_TURNED_ROWS), row_grain(MT_TURNED_ROWS * columns),
                type == MT_FLOAT64 ? float64_turn_rows : float32_turn_rows, &t);
}

typedef struct {
    const mt_recurrent *directions;
    sequence_rows rows;
} recurrent_call;

// The rows of all directions, one after another.
static void run_rows(int64_t begin, int64_t end, void *context) {
    const recurrent_call *call = context;
    int64_t batch = call->directions->batch;
    while (begin < end) {
        int64_t direction = begin / batch, first = direction * batch,
                last = min64(end, first + batch);
        call->rows(call->directions + direction, begin - first, last - first);
        begin = last;
    }
}

static void run_directions(int64_t count, const mt_recurrent *directions, sequence_rows rows) {
    recurrent_call call = {directions, rows};
    int64_t products = directions->steps * directions->hidden * directions->gate_width;
    // Four rows share what is read of the weights; fewer are worth a thread if there is much to do.
    int64_t grain =
        max64(min64(4, directions->batch), div_up(MT_WORTH_A_THREAD, max64(1, products)));
    mt_parallel(count * directions->batch, grain, run_rows, &call);
}

void mt_recurrent_forward(mt_dtype type, int64_t count, const mt_recurrent *directions) {
    const recurrent_kernels *kernels =
        type == MT_FLOAT64 ? &float64_recurrent_kernels : &float32_recurrent_kernels;
    run_directions(count, directions, kernels->forward);
}

void mt_recurrent_backward(mt_dtype type, int64_t count, const mt_recurrent *directions) {
    const recurrent_kernels *kernels =
        type == MT_FLOAT64 ? &float64_recurrent_kernels : &float32_recurrent_kernels;
    run_directions(count, directions, kernels->backward);
}
