// The gradient of the weights of Winograd's convolutions: see winograd.c.
#include "winograd.h"

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
    winograd_inputs(job->type, &job->tiles, job->x, block->first + begin, end - begin, job->depth,
                    block->inputs + begin * job->depth, block->in_step);
    winograd_gradients(job->type, &job->tiles, job->grad_y, block->first + begin, end - begin,
                       block->count, job->columns, block->grads + begin * PANEL, block->grad_step);
}

// The sums (input, column) of some points, added to those of the blocks before.
static void sum_range(int64_t begin, int64_t end, void *context) {
    const gradient_block *block = context;
    const gradient_job *job = block->job;
    for (int64_t point = begin; point < end; point++)
        winograd_multiply(job->tiles.shape->in_channels, block->inputs + point * block->in_step, 1,
                          job->depth, block->count, block->grads + point * block->grad_step,
                          job->columns, block->sums + point * job->sum_step, job->columns,
                          block->add);
}

static void gradient_shards(int64_t begin, int64_t end, void *context) {
    const gradient_job *job = context;
    const int64_t most = div_up(job->tiles.count, job->shards);
    const int64_t each = winograd_block(&job->tiles, most);
    gradient_block block = {
        .job = job,
        .in_step = each * job->depth + UNEVEN,
        .grad_step = each * job->columns + UNEVEN,
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
            vector lines[3][SPAN], taps[LANES] = {{0}};
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
            transpose(taps);
            for (int64_t o = 0; o < lanes; o++)
                memcpy(to + o * in * 9, &taps[o], 9 * sizeof(float));
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
    if (!winograd_is_heavy(s))
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

enum { SQUARE = 64 };

static void square_range(int64_t begin, int64_t end, void *context) {
    const gradient_block *block = context;
    const gradient_job *job = block->job;
    const mt_winograd_shape *s = job->tiles.shape;
    const int64_t step = SQUARE * SQUARE + UNEVEN, squares = div_up(job->columns, SQUARE);
    const size_t bytes = (size_t)(POINTS * step) * sizeof(float);
    float *sums = mt_scratch(bytes);
    for (int64_t square = begin; square < end; square++) {
        const int64_t input = square / squares * SQUARE, output = square % squares * SQUARE;
        const int64_t inputs = min64(SQUARE, s->in_channels - input),
                      columns = min64(SQUARE, job->columns - output);
        for (int64_t point = 0; point < POINTS; point++)
            winograd_multiply(inputs, block->inputs + point * block->in_step + input, 1, job->depth,
                              block->count,
                              block->grads + point * block->grad_step + output * block->count,
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
        .grad_step = job->tiles.count * job->columns + UNEVEN,
    };
    const size_t bytes = (size_t)(POINTS * (block.in_step + block.grad_step)) * sizeof(float);
    block.inputs = mt_scratch(bytes);
    block.grads = block.inputs + POINTS * block.in_step;
    mt_parallel(block.count, 4, sides_range, &block);
    mt_parallel(div_up(job->tiles.shape->in_channels, SQUARE) * div_up(job->columns, SQUARE), 1,
                square_range, &block);
    mt_deallocate(block.inputs, bytes);
}

void mt_winograd_backward_weights(mt_dtype type, const mt_winograd_shape *shape, const void *x,
                                  const void *grad_y, float *grad_weights) {
    gradient_job job = {.tiles = tiling_of(shape),
                        .type = type,
                        .depth = up_to(shape->in_channels, LANES),
                        .columns = up_to(shape->out_channels, PANEL),
                        .x = x,
                        .grad_y = grad_y,
                        .grad_weights = grad_weights};
    if (winograd_in_squares(shape)) {
        squares_weights(&job);
    } else {
        shards_weights(&job);
    }
}
