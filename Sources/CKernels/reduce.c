// The driver of the reductions. Where the source is contiguous along a reduced dimension, outputs
// are made one by one
// ("rows"); where it is contiguous along a kept one, many side by side ("columns").
#include <math.h>

#include "reduce.h"

enum { CHUNK = 65536, ENOUGH_UNITS = 64 };

typedef struct {
    mt_reduce_op op;
    const mt_reduce_kernels *kernels;
    mt_dtype type, via, computing,
        dst_type; // `via` is bool for any and all, which ask about "not zero"
    const char *src;
    char *dst;
    mt_space kept, reduced; // operands: source, then place in the output or among the reduced
    int64_t outputs, blocks, chunks, chunk; // chunk: reduced elements of each
    double scale;                           // of sums and variances
    mt_state *states;
} reduction;

typedef struct {
    _Alignas(64) char gathered[MT_REDUCE_PIECE * 8], flags[MT_REDUCE_PIECE],
        converted[MT_REDUCE_PIECE * 8];
} staging;

// `count` elements in the computing type, contiguous: in place where they are so already.
static const void *stage(const reduction *r, int64_t offset, int64_t stride, int64_t count,
                         staging *buffers) {
    int64_t size = item_size(r->type);
    const char *x = r->src + offset * size;
    if (stride != 1) {
        mt_gather_run(size, count, buffers->gathered, x, stride);
        x = buffers->gathered;
    }
    if (r->type == r->computing) return x;
    if (r->via != r->type) {
        mt_cast(r->via, buffers->flags, r->type, x, count);
        x = buffers->flags;
    }
    mt_cast(r->computing, buffers->converted, r->via, x, count);
    return buffers->converted;
}

// What a finished state of a floating type comes to.
INLINE double result_of(const reduction *r, const mt_state *state) {
    switch (r->op) {
    case MT_SUM: return state->value.real * r->scale;
    case MT_NORM: return sqrt(state->value.real);
    case MT_VARIANCE: return state->second.real * r->scale;
    case MT_LOGSUMEXP: return state->value.real + log(state->second.real);
    default: return state->value.real;
    }
}

// Writes finished states to outputs that lie `stride` apart.
static void finish(const reduction *r, int64_t count, const mt_state *states, int64_t place,
                   int64_t stride) {
    bool index = r->op == MT_ARGMAX || r->op == MT_ARGMIN, real = r->kernels->real && !index;
    int64_t size = item_size(r->dst_type);
    char *dst = r->dst + place * size;
    for (int64_t i = 0; i < count; i++, dst += stride * size) {
        if (real) {
            double result = result_of(r, &states[i]);
            if (r->dst_type == MT_FLOAT32) {
                *(float *)dst = (float)result;
            } else {
                mt_cast(r->dst_type, dst, MT_FLOAT64, &result, 1);
            }
        } else {
            int64_t whole = index ? states[i].second.whole : states[i].value.whole;
            mt_cast(r->dst_type, dst, MT_INT64, &whole, 1);
        }
    }
}

// ---- Rows

static void reduce_rows(int64_t begin, int64_t end, void *context) {
    const reduction *r = context;
    staging buffers;
    int last = r->reduced.ndim - 1;
    int64_t stride = r->reduced.strides[0][last], step = r->reduced.strides[1][last];
    bool single = r->reduced.ndim == 1 && stride == 1 && r->type == r->computing &&
                  r->chunks == 1 && r->reduced.count > 0 && r->reduced.count <= MT_REDUCE_PIECE;
    mt_walk output, walk;
    for (int64_t unit = begin; unit < end; unit++) {
        int64_t chunk = unit % r->chunks;
        if (unit == begin) {
            mt_walk_start(&output, &r->kept, unit / r->chunks);
        } else if (chunk == 0) {
            mt_walk_advance(&output, r->kept.ndim - 1, 1);
        }
        int64_t position = chunk * r->chunk, stop = min64(position + r->chunk, r->reduced.count);
        mt_state state = mt_state_start(r->op, r->kernels->real);
        if (single) {
            const char *x = r->src + output.offset[0] * item_size(r->type);
            r->kernels->row(r->op, stop, x, 0, step, &state);
            position = stop;
        }
        if (position < stop) mt_walk_start(&walk, &r->reduced, position);
        while (position < stop) {
            int64_t run = min64(min64(mt_walk_run(&walk), stop - position), MT_REDUCE_PIECE);
            const void *x = stage(r, output.offset[0] + walk.offset[0], stride, run, &buffers);
            r->kernels->row(r->op, run, x, walk.offset[1], step, &state);
            position += run;
            if (position < stop) mt_walk_advance(&walk, last, run);
        }
        if (r->chunks == 1) {
            finish(r, 1, &state, output.offset[1], 1);
        } else {
            r->states[unit] = state;
        }
    }
}

// ---- Columns

static void reduce_block(const reduction *r, const mt_walk *output, int64_t columns, int64_t chunk,
                         mt_state *states) {
    staging buffers;
    mt_columns sums;
    int last = r->reduced.ndim - 1;
    int64_t stride = r->kept.strides[0][r->kept.ndim - 1];
    int64_t row_stride = r->reduced.strides[0][last], step = r->reduced.strides[1][last];
    bool direct = stride == 1 && r->type == r->computing;
    int64_t position = chunk * r->chunk, stop = min64(position + r->chunk, r->reduced.count);
    for (int64_t j = 0; j < columns; j++) states[j] = mt_state_start(r->op, r->kernels->real);
    mt_walk walk;
    if (position < stop) mt_walk_start(&walk, &r->reduced, position);
    while (position < stop) {
        int64_t flush = min64(position + MT_REDUCE_FLUSH, stop);
        r->kernels->start(r->op, columns, &sums);
        while (position < flush) {
            int64_t run = min64(mt_walk_run(&walk), flush - position);
            int64_t offset = output->offset[0] + walk.offset[0];
            if (direct) {
                const char *x = r->src + offset * item_size(r->type);
                r->kernels->column(r->op, run, columns, x, row_stride, walk.offset[1], step, &sums);
            } else {
                for (int64_t i = 0; i < run; i++) {
                    const void *x = stage(r, offset + i * row_stride, stride, columns, &buffers);
                    r->kernels->column(r->op, 1, columns, x, 0, walk.offset[1] + i * step, 0,
                                       &sums);
                }
            }
            position += run;
            if (position < stop) mt_walk_advance(&walk, last, run);
        }
        r->kernels->flush(r->op, columns, &sums, states);
    }
}

static void reduce_columns(int64_t begin, int64_t end, void *context) {
    const reduction *r = context;
    int last = r->kept.ndim - 1;
    int64_t width = r->kept.shape[last];
    for (int64_t unit = begin; unit < end; unit++) {
        int64_t chunk = unit % r->chunks, block = unit / r->chunks % r->blocks,
                outer = unit / r->chunks / r->blocks;
        int64_t first = block * MT_REDUCE_COLUMNS,
                columns = min64(MT_REDUCE_COLUMNS, width - first);
        mt_walk output;
        mt_walk_start(&output, &r->kept, outer * width + first);
        mt_state local[MT_REDUCE_COLUMNS];
        if (r->chunks == 1) {
            reduce_block(r, &output, columns, chunk, local);
            finish(r, columns, local, output.offset[1], r->kept.strides[1][last]);
        } else {
            reduce_block(r, &output, columns, chunk, r->states + unit * MT_REDUCE_COLUMNS);
        }
    }
}

// ---- Joining chunks

// Joins the chunks of a unit of `width` outputs in order and writes them.
static void join_chunks(const reduction *r, int64_t unit, int64_t width, int64_t count,
                        const mt_walk *output) {
    mt_state *first = r->states + unit * r->chunks * width;
    for (int64_t chunk = 1; chunk < r->chunks; chunk++) {
        for (int64_t j = 0; j < count; j++)
            mt_state_join(r->op, r->kernels->real, &first[j], &first[chunk * width + j]);
    }
    finish(r, count, first, output->offset[1], r->kept.strides[1][r->kept.ndim - 1]);
}

static void run(reduction *r, bool columns) {
    int64_t width = r->kept.shape[r->kept.ndim - 1];
    r->blocks = columns ? div_up(width, MT_REDUCE_COLUMNS) : 1;
    int64_t units = columns ? r->kept.count / width * r->blocks : r->outputs;
    int64_t across = columns ? min64(width, MT_REDUCE_COLUMNS) : 1;
    r->chunk = max64(1, r->reduced.count);
    // Many outputs keep all threads busy by themselves; few are cut into chunks.
    if (units < ENOUGH_UNITS) r->chunk = min64(r->chunk, max64(256, CHUNK / across));
    r->chunks = max64(1, div_up(r->reduced.count, r->chunk));
    int64_t stored = columns ? MT_REDUCE_COLUMNS : 1;
    size_t bytes = (size_t)(units * r->chunks * stored) * sizeof(mt_state);
    if (r->chunks > 1) r->states = mt_scratch(bytes);
    mt_parallel(units * r->chunks, row_grain(r->chunk * across),
                columns ? reduce_columns : reduce_rows, r);
    if (r->chunks == 1) return;
    for (int64_t unit = 0; unit < units; unit++) {
        int64_t first = unit % r->blocks * MT_REDUCE_COLUMNS;
        int64_t position = columns ? unit / r->blocks * width + first : unit;
        mt_walk output;
        mt_walk_start(&output, &r->kept, position);
        join_chunks(r, unit, stored, columns ? min64(MT_REDUCE_COLUMNS, width - first) : 1,
                    &output);
    }
    mt_deallocate(r->states, bytes);
}

static void split(reduction *r, int ndim, const int64_t *shape, const int64_t *strides,
                  uint64_t reduced, bool by_place) {
    int64_t sizes[2][MT_MAX_DIMS], source[2][MT_MAX_DIMS], place[2][MT_MAX_DIMS];
    int count[2] = {0, 0};
    for (int d = 0; d < ndim; d++) {
        int which = (reduced >> d & 1) != 0, at = count[which]++;
        sizes[which][at] = shape[d];
        source[which][at] = strides[d];
    }
    for (int which = 0; which < 2; which++) {
        int64_t stride = 1;
        for (int d = count[which] - 1; d >= 0; d--) {
            place[which][d] = stride;
            stride *= sizes[which][d];
        }
    }
    mt_space_init(&r->kept, 2, count[0], sizes[0], (const int64_t *const[]){source[0], place[0]});
    if (by_place) {
        mt_space space;
        mt_space_init(&space, 2, count[1], sizes[1], (const int64_t *const[]){place[1], source[1]});
        r->reduced = space;
        memcpy(r->reduced.strides[0], space.strides[1], sizeof space.strides[1]);
        memcpy(r->reduced.strides[1], space.strides[0], sizeof space.strides[0]);
    } else {
        mt_space_init(&r->reduced, 2, count[1], sizes[1],
                      (const int64_t *const[]){source[1], place[1]});
    }
}

static bool wants_columns(const reduction *r) {
    int kept = r->kept.ndim - 1, reduced = r->reduced.ndim - 1;
    if (r->kept.shape[kept] < 16) return false;
    if (r->reduced.count <= 1) return true;
    int64_t across = r->kept.strides[0][kept], along = r->reduced.strides[0][reduced];
    return (across < 0 ? -across : across) < (along < 0 ? -along : along);
}

void mt_reduce_into(mt_reduce_op op, mt_dtype type, int ndim, const int64_t *shape,
                    const int64_t *strides, uint64_t reduced, double scale, const void *src,
                    mt_dtype dst_type, void *dst) {
    reduction r = {
        .type = type, .via = type, .dst_type = dst_type, .src = src, .dst = dst, .scale = scale};
    bool logical = op == MT_ANY || op == MT_ALL;
    // With values 0 and 1, any is the maximum and all the minimum.
    r.op = op == MT_ANY ? MT_MAX : op == MT_ALL ? MT_MIN : op;
    if (logical) r.via = MT_BOOL;
    bool real =
        type == MT_FLOAT32 || type == MT_FLOAT64 || type == MT_FLOAT16 || type == MT_BFLOAT16;
    r.computing = !real || logical ? MT_INT64 : type == MT_FLOAT64 ? MT_FLOAT64 : MT_FLOAT32;
    r.kernels = mt_reduce_kernels_of(r.computing);
    split(&r, ndim, shape, strides, reduced, false);
    bool columns = wants_columns(&r);
    // Side by side, the first of equals is found by going in order of the places.
    if (columns && (op == MT_ARGMAX || op == MT_ARGMIN))
        split(&r, ndim, shape, strides, reduced, true);
    r.outputs = r.kept.count;
    if (r.outputs == 0) return;
    if (logical && r.reduced.count == 0) {
        mt_fill(dst_type, r.outputs, dst, 0, op == MT_ALL);
        return;
    }
    run(&r, columns);
}

void mt_reduce(mt_reduce_op op, mt_dtype type, int ndim, const int64_t *shape,
               const int64_t *strides, uint64_t reduced, double scale, const void *src, void *dst) {
    mt_dtype dst_type = type;
    bool real =
        type == MT_FLOAT32 || type == MT_FLOAT64 || type == MT_FLOAT16 || type == MT_BFLOAT16;
    if (op == MT_ANY || op == MT_ALL) dst_type = MT_BOOL;
    if (op == MT_ARGMAX || op == MT_ARGMIN || ((op == MT_SUM || op == MT_PROD) && !real))
        dst_type = MT_INT64;
    mt_reduce_into(op, type, ndim, shape, strides, reduced, scale, src, dst_type, dst);
}

void mt_channel_sum(mt_dtype type, int64_t outer, int64_t channels, int64_t inner, const void *x,
                    void *sum) {
    mt_dtype dst_type = type == MT_FLOAT64 ? MT_FLOAT64 : MT_FLOAT32;
    const int64_t shape[3] = {outer, channels, inner}, strides[3] = {channels * inner, inner, 1};
    mt_reduce_into(MT_SUM, type, 3, shape, strides, 0b101, 1, x, dst_type, sum);
}
