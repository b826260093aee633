// Convolutions with a 3x3 kernel and stride 1 by Winograd's minimal filtering, F(4x4, 3x3) of Lavin
// and Gray 2016 ("Fast algorithms for convolutional neural networks"): 36 multiplications in place
// of 144. A tile of the input and the kernel are polynomials, evaluated at six points in either
// dimension; there the convolution is a product, summed over channels by matrix products; and the
// outputs are had from the values at the points. With the points 0, 3/4, -3/4, 3/2, -3/2 and
// infinity the rounding errors are about twice those of the sums they replace (the 0, 1, -1, 2, -2
// of the paper: five times; Barabasz et al. 2020, "Error analysis and improving the accuracy of
// Winograd convolution for deep neural networks").
//
// Tiles go through in blocks that stay in the cache between the transforms and the products. All
// sums are in an order that depends on the sizes alone.
#include "winograd.h"

#include "packed.h"

// ---- Activations

// By pointer, since vectors as arguments are passed differently by different processors' code.
INLINE void float32_load(const float *from, vector *to) { *to = *(const vector *)from; }
INLINE void float32_store(float *to, const vector *value) { *(vector *)to = *value; }

INLINE void bfloat16_load(const bfloat16 *from, vector *to) {
    *to = (vector)(__builtin_convertvector(*(const halves *)from, bits) << 16);
}
INLINE void bfloat16_store(bfloat16 *to, const vector *value) {
    bits x = (bits)*value, rounded = (x + 0x7fff + ((x >> 16) & 1)) >> 16;
    bits is_nan = (bits)(*value != *value), quiet = (x >> 16) | 0x40;
    *(halves *)to = __builtin_convertvector((rounded & ~is_nan) | (quiet & is_nan), halves);
}

#define S float
#define LOAD load_float
#define STORE store_float
#define N(name) float32_##name
#include "winograd_body.h"
#undef S
#undef LOAD
#undef STORE
#undef N

#define S bfloat16
#define LOAD load_bfloat16
#define STORE store_bfloat16
#define N(name) bfloat16_##name
#include "winograd_body.h"
#undef S
#undef LOAD
#undef STORE
#undef N

// ---- Products

// c (R, V vectors) = a (R, depth) times a panel (depth, PANEL), or that added to c.
INLINE void product_tile(const int R, const int V, const float *a, int64_t a_row, int64_t a_depth,
                         int64_t depth, const float *panel, float *c, int64_t c_row, bool add) {
    vector sum[6][4];
    _Pragma("clang loop unroll(full)") for (int r = 0; r < R; r++) {
        _Pragma("clang loop unroll(full)") for (int v = 0; v < V; v++) {
            sum[r][v] = add ? *(const vector *)(c + r * c_row + v * LANES) : (vector){0};
        }
    }
    for (int64_t k = 0; k < depth; k++) {
        const vector *b = (const vector *)(panel + k * PANEL);
        _Pragma("clang loop unroll(full)") for (int r = 0; r < R; r++) {
            const float factor = a[r * a_row + k * a_depth];
            _Pragma("clang loop unroll(full)") for (int v = 0; v < V; v++) {
                sum[r][v] += factor * b[v];
            }
        }
    }
    _Pragma("clang loop unroll(full)") for (int r = 0; r < R; r++) {
        _Pragma("clang loop unroll(full)") for (int v = 0; v < V; v++) {
            *(vector *)(c + r * c_row + v * LANES) = sum[r][v];
        }
    }
}

#define PRODUCT_ROWS(R) \
    HOT static void product_##R(int vectors, const float *a, int64_t a_row, int64_t a_depth, \
                                int64_t depth, const float *panel, float *c, int64_t c_row, \
                                bool add) { \
        if (vectors == 4) { \
            product_tile(R, 4, a, a_row, a_depth, depth, panel, c, c_row, add); \
        } else { \
            product_tile(R, 2, a, a_row, a_depth, depth, panel, c, c_row, add); \
        } \
    }
PRODUCT_ROWS(1)
PRODUCT_ROWS(2)
PRODUCT_ROWS(3)
PRODUCT_ROWS(4)
PRODUCT_ROWS(5)
PRODUCT_ROWS(6)
#undef PRODUCT_ROWS

// Rows and columns of c that the registers hold sums for.
static int64_t block_rows(void) { return has_wide_vectors() ? 6 : 3; }
static int block_vectors(void) { return has_wide_vectors() ? 4 : 2; }

// c (rows, columns) = a (rows, depth) times a packed matrix (panel, depth, PANEL); `columns` is a
// multiple of two vectors.
static void multiply(int64_t rows, const float *a, int64_t a_row, int64_t a_depth, int64_t depth,
                     const float *packed, int64_t columns, float *c, int64_t c_row, bool add) {
    typedef void (*kernel)(int, const float *, int64_t, int64_t, int64_t, const float *, float *,
                           int64_t, bool);
    static const kernel kernels[] = {NULL,      product_1, product_2, product_3,
                                     product_4, product_5, product_6};
    const int64_t blocks = div_up(rows, block_rows()), span = block_vectors() * LANES;
    for (int64_t at = 0; at < columns; at += span) {
        const float *panel = packed + at / PANEL * PANEL * depth + at % PANEL;
        for (int64_t i = 0, row = 0; i < blocks; i++) {
            const int64_t height = rows / blocks + (i < rows % blocks);
            kernels[height]((int)(min64(span, columns - at) / LANES), a + row * a_row, a_row,
                            a_depth, depth, panel, c + row * c_row + at, c_row, add);
            row += height;
        }
    }
}

// ---- Weights

enum { PAIR = 2 * LANES }; // columns are worked on in twos of vectors

static int64_t weight_step(int64_t in, int64_t out) { return up_to(out, PANEL) * in + UNEVEN; }

int64_t mt_winograd_weight_count(const mt_winograd_shape *s) {
    return POINTS * weight_step(s->in_channels, s->out_channels);
}

typedef struct {
    const mt_winograd_shape *shape;
    const float *weights;
    float *points;
    bool turned;
} weight_job;

// Groups of LANES output channels, as packed matrices (point, panel, input, column).
HOT static void weight_points(int64_t begin, int64_t end, void *context) {
    const weight_job *job = context;
    const int64_t in = job->shape->in_channels, out = job->shape->out_channels;
    const int64_t step = weight_step(in, out);
    for (int64_t group = begin; group < end; group++) {
        const int64_t first = group * LANES, lanes = max64(0, min64(LANES, out - first));
        for (int64_t i = 0; i < in; i++) {
            vector taps[9];
            for (int tap = 0; tap < 9; tap++) {
                float values[LANES] = {0};
                for (int64_t o = 0; o < lanes; o++)
                    values[o] = job->turned ? job->weights[(i * out + first + o) * 9 + 8 - tap]
                                            : job->weights[((first + o) * in + i) * 9 + tap];
                taps[tap] = *(const vector *)values;
            }
            vector lines[3][SPAN];
            for (int y = 0; y < 3; y++) kernel_points(3, taps + y * 3, lines[y]);
            float *to = job->points + (first / PANEL * in + i) * PANEL + first % PANEL;
            for (int x = 0; x < SPAN; x++) {
                const vector line[3] = {lines[0][x], lines[1][x], lines[2][x]};
                vector result[SPAN];
                kernel_points(3, line, result);
                for (int y = 0; y < SPAN; y++) *(vector *)(to + (y * SPAN + x) * step) = result[y];
            }
        }
    }
}

void mt_winograd_weights(const mt_winograd_shape *shape, const float *weights, bool turned,
                         float *points) {
    weight_job job = {shape, weights, points, turned};
    mt_parallel(up_to(shape->out_channels, PANEL) / LANES,
                row_grain(shape->in_channels * LANES * POINTS), weight_points, &job);
}

// ---- Blocks of tiles

// Light weights stay in the cache beside the points of a block: blocks go to a thread each, which
// runs the parallel loops within it alone. Heavy ones are rather read once: all threads work on one
// large block, the products cut by points.
enum { LIGHT = 1 << 15, LIGHT_BLOCK = 1 << 20 };

static bool is_heavy(const mt_winograd_shape *s) {
    return s->in_channels * s->out_channels > LIGHT;
}

// How many tiles make a block; the blocks are as equal as can be.
static int64_t block_tiles(const tiling *t, int64_t tiles) {
    const int64_t in = t->shape->in_channels, out = t->shape->out_channels;
    const int64_t most = is_heavy(t->shape) ? in * out / (in + out)
                                            : max64(24, LIGHT_BLOCK / (POINTS * 4 * (in + out)));
    return div_up(tiles, div_up(tiles, most));
}

// ---- Forward

typedef struct {
    tiling tiles;
    mt_dtype type;
    int64_t each, depth, columns; // tiles of a block; channels in whole vectors
    const void *x;
    const float *weights, *bias;
    bool relu;
    void *y;
} forward_job;

typedef struct {
    const forward_job *job;
    int64_t first, count, in_step, out_step;
    float *inputs, *products;
} forward_block;

static void input_range(int64_t begin, int64_t end, void *context) {
    const forward_block *block = context;
    const forward_job *job = block->job;
    (job->type == MT_BFLOAT16 ? bfloat16_inputs : float32_inputs)(
        &job->tiles, job->x, block->first + begin, end - begin, job->depth,
        block->inputs + begin * job->depth, block->in_step);
}

static void product_range(int64_t begin, int64_t end, void *context) {
    const forward_block *block = context;
    const forward_job *job = block->job;
    const int64_t in = job->tiles.shape->in_channels,
                  step = weight_step(in, job->tiles.shape->out_channels);
    for (int64_t point = begin; point < end; point++)
        multiply(block->count, block->inputs + point * block->in_step, job->depth, 1, in,
                 job->weights + point * step, job->columns,
                 block->products + point * block->out_step, job->columns, false);
}

static void output_range(int64_t begin, int64_t end, void *context) {
    const forward_block *block = context;
    const forward_job *job = block->job;
    (job->type == MT_BFLOAT16 ? bfloat16_outputs : float32_outputs)(
        &job->tiles, block->products + begin * job->columns, block->out_step, block->first + begin,
        end - begin, job->columns, job->bias, job->relu, job->y);
}

static void forward_blocks(int64_t begin, int64_t end, void *context) {
    const forward_job *job = context;
    forward_block block = {.job = job,
                           .in_step = job->each * job->depth + UNEVEN,
                           .out_step = job->each * job->columns + UNEVEN};
    const size_t bytes = (size_t)(POINTS * (block.in_step + block.out_step)) * sizeof(float);
    block.inputs = mt_scratch(bytes);
    block.products = block.inputs + POINTS * block.in_step;
    for (int64_t i = begin; i < end; i++) {
        block.first = i * job->each;
        block.count = min64(job->each, job->tiles.count - block.first);
        mt_parallel(block.count, 4, input_range, &block);
        mt_parallel(POINTS, 1, product_range, &block);
        mt_parallel(block.count, 4, output_range, &block);
    }
    mt_deallocate(block.inputs, bytes);
}

void mt_winograd_forward(mt_dtype type, const mt_winograd_shape *shape, const void *x,
                         const float *points, const float *bias, bool relu, void *y) {
    forward_job job = {.tiles = tiling_of(shape),
                       .type = type,
                       .depth = up_to(shape->in_channels, LANES),
                       .columns = up_to(shape->out_channels, PAIR),
                       .x = x,
                       .weights = points,
                       .bias = bias,
                       .relu = relu,
                       .y = y};
    job.each = block_tiles(&job.tiles, job.tiles.count);
    const int64_t blocks = div_up(job.tiles.count, job.each);
    if (is_heavy(shape)) {
        forward_blocks(0, blocks, &job);
    } else {
        mt_parallel(blocks, 1, forward_blocks, &job);
    }
}

// ---- Gradient of the weights: the tiles are cut into shards with sums of their own.

typedef struct {
    tiling tiles;
    mt_dtype type;
    int64_t shards, depth, columns; // channels in whole vectors
    int64_t sum_step;
    const void *x, *grad_y;
    float *sums, *grad_weights;
} gradient_job;

typedef struct {
    const gradient_job *job;
    int64_t first, count, in_step, grad_step;
    bool add;
    float *inputs, *grads, *sums;
} gradient_block;

// Both sides of some of a block's tiles at the points.
static void sides_range(int64_t begin, int64_t end, void *context) {
    const gradient_block *block = context;
    const gradient_job *job = block->job;
    const bool half = job->type == MT_BFLOAT16;
    (half ? bfloat16_inputs : float32_inputs)(&job->tiles, job->x, block->first + begin,
                                              end - begin, job->depth,
                                              block->inputs + begin * job->depth, block->in_step);
    (half ? bfloat16_gradients : float32_gradients)(&job->tiles, job->grad_y, block->first + begin,
                                                    end - begin, block->count, job->columns,
                                                    block->grads + begin * PANEL, block->grad_step);
}

// The sums (input, column) of some points, added to those of the blocks before.
static void sum_range(int64_t begin, int64_t end, void *context) {
    const gradient_block *block = context;
    const gradient_job *job = block->job;
    for (int64_t point = begin; point < end; point++)
        multiply(job->tiles.shape->in_channels, block->inputs + point * block->in_step, 1,
                 job->depth, block->count, block->grads + point * block->grad_step, job->columns,
                 block->sums + point * job->sum_step, job->columns, block->add);
}

static void gradient_shards(int64_t begin, int64_t end, void *context) {
    const gradient_job *job = context;
    const int64_t most = div_up(job->tiles.count, job->shards);
    const int64_t each = block_tiles(&job->tiles, most);
    gradient_block block = {
        .job = job,
        .in_step = each * job->depth + UNEVEN,
        .grad_step = each * up_to(job->columns, PANEL) + UNEVEN,
    };
    const size_t bytes = (size_t)(POINTS * (block.in_step + block.grad_step)) * sizeof(float);
    block.inputs = mt_scratch(bytes);
    block.grads = block.inputs + POINTS * block.in_step;
    for (int64_t shard = begin; shard < end; shard++) {
        const int64_t last = min64(job->tiles.count, (shard + 1) * most);
        block.sums = job->sums + shard * POINTS * job->sum_step;
        block.add = false;
        for (block.first = shard * most; block.first < last; block.first += each) {
            block.count = min64(each, last - block.first);
            mt_parallel(block.count, 4, sides_range, &block);
            mt_parallel(POINTS, 1, sum_range, &block);
            block.add = true;
        }
    }
    mt_deallocate(block.inputs, bytes);
}

// Sums (point, input, column) of some inputs and columns, and where they lie.
typedef struct {
    const float *sums;
    int64_t step, row, shards, shard_step;
    int64_t first_input, inputs, first_output, outputs;
} sum_block;

// From the points to the gradient, the shards' sums added up.
HOT static void gradient_taps(const gradient_job *job, const sum_block *block) {
    const int64_t in = job->tiles.shape->in_channels;
    for (int64_t first = 0; first < block->outputs; first += LANES) {
        const int64_t lanes = min64(LANES, block->outputs - first);
        for (int64_t i = 0; i < block->inputs; i++) {
            const float *from = block->sums + i * block->row + first;
            vector lines[3][SPAN], taps[9];
            for (int x = 0; x < SPAN; x++) {
                vector line[SPAN], result[3];
                for (int y = 0; y < SPAN; y++) {
                    const float *sum = from + (y * SPAN + x) * block->step;
                    line[y] = *(const vector *)sum;
                    for (int64_t shard = 1; shard < block->shards; shard++)
                        line[y] += *(const vector *)(sum + shard * block->shard_step);
                }
                outputs_of(3, line, result);
                for (int y = 0; y < 3; y++) lines[y][x] = result[y];
            }
            for (int y = 0; y < 3; y++) outputs_of(3, lines[y], taps + y * 3);
            float *to = job->grad_weights +
                        ((block->first_output + first) * in + block->first_input + i) * 9;
            for (int64_t o = 0; o < lanes; o++) {
                for (int tap = 0; tap < 9; tap++) to[o * in * 9 + tap] = taps[tap][o];
            }
        }
    }
}

// Groups of output channels of all shards.
static void group_taps(int64_t begin, int64_t end, void *context) {
    const gradient_job *job = context;
    const mt_winograd_shape *s = job->tiles.shape;
    const int64_t first = begin * LANES, last = min64(end * LANES, s->out_channels);
    const sum_block block = {
        job->sums + first, job->sum_step, job->columns, job->shards, POINTS * job->sum_step, 0,
        s->in_channels,    first,         last - first};
    gradient_taps(job, &block);
}

static void shards_weights(gradient_job *job) {
    const mt_winograd_shape *s = job->tiles.shape;
    // A shard of heavy weights is worked on by all threads.
    job->shards = 1;
    if (!is_heavy(s))
        job->shards = max64(1, min64(job->tiles.count / 64,
                                     min64(16, (1 << 17) / (s->in_channels * s->out_channels))));
    job->shards = div_up(job->tiles.count, div_up(job->tiles.count, job->shards));
    job->sum_step = s->in_channels * job->columns + UNEVEN;
    const size_t bytes = (size_t)(job->shards * POINTS * job->sum_step) * sizeof(float);
    job->sums = mt_scratch(bytes);
    mt_parallel(job->shards, 1, gradient_shards, job);
    mt_parallel(div_up(s->out_channels, LANES), row_grain(s->in_channels * LANES * POINTS),
                group_taps, job);
    mt_deallocate(job->sums, bytes);
}

// ---- Heavy weights and few tiles: the sums of a square of channels go on to the gradient while
// they are in the cache.

enum { SQUARE = PANEL, FEW = 160 };

static void square_range(int64_t begin, int64_t end, void *context) {
    const gradient_block *block = context;
    const gradient_job *job = block->job;
    const mt_winograd_shape *s = job->tiles.shape;
    const int64_t step = SQUARE * SQUARE + UNEVEN, panels = div_up(job->columns, PANEL);
    const size_t bytes = (size_t)(POINTS * step) * sizeof(float);
    float *sums = mt_scratch(bytes);
    for (int64_t square = begin; square < end; square++) {
        const int64_t input = square / panels * SQUARE, output = square % panels * SQUARE;
        const int64_t inputs = min64(SQUARE, s->in_channels - input),
                      columns = min64(SQUARE, job->columns - output);
        for (int64_t point = 0; point < POINTS; point++)
            multiply(inputs, block->inputs + point * block->in_step + input, 1, job->depth,
                     block->count, block->grads + point * block->grad_step + output * block->count,
                     columns, sums + point * step, SQUARE, false);
        const sum_block result = {sums,   step,   SQUARE,
                                  1,      0,      input,
                                  inputs, output, min64(SQUARE, s->out_channels - output)};
        gradient_taps(job, &result);
    }
    mt_deallocate(sums, bytes);
}

static void squares_weights(gradient_job *job) {
    gradient_block block = {
        .job = job,
        .count = job->tiles.count,
        .in_step = job->tiles.count * job->depth + UNEVEN,
        .grad_step = job->tiles.count * up_to(job->columns, PANEL) + UNEVEN,
    };
    const size_t bytes = (size_t)(POINTS * (block.in_step + block.grad_step)) * sizeof(float);
    block.inputs = mt_scratch(bytes);
    block.grads = block.inputs + POINTS * block.in_step;
    mt_parallel(block.count, 4, sides_range, &block);
    mt_parallel(div_up(job->tiles.shape->in_channels, SQUARE) * div_up(job->columns, PANEL), 1,
                square_range, &block);
    mt_deallocate(block.inputs, bytes);
}

void mt_winograd_backward_weights(mt_dtype type, const mt_winograd_shape *shape, const void *x,
                                  const void *grad_y, float *grad_weights) {
    gradient_job job = {.tiles = tiling_of(shape),
                        .type = type,
                        .depth = up_to(shape->in_channels, LANES),
                        .columns = up_to(shape->out_channels, PAIR),
                        .x = x,
                        .grad_y = grad_y,
                        .grad_weights = grad_weights};
    if (is_heavy(shape) && job.tiles.count <= FEW) {
        squares_weights(&job);
    } else {
        shards_weights(&job);
    }
}
