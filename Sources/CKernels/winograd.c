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
#include "winograd.h"

// ---- Forward

typedef struct {
    tiling tiles;
    mt_dtype type;
    int64_t each, depth, columns; // tiles of a block; channels in whole vectors
    const void *x;
    const float *weights, *points, *bias; // the weights, and at the points
    bool turned, relu;
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
    winograd_inputs(job->type, &job->tiles, job->x, block->first + begin, end - begin, job->depth,
                    block->inputs + begin * job->depth, block->in_step);
}

static void product_range(int64_t begin, int64_t end, void *context) {
    const forward_block *block = context;
    const forward_job *job = block->job;
    const int64_t in = job->tiles.shape->in_channels,
                  step = winograd_weight_step(in, job->tiles.shape->out_channels);
    for (int64_t point = begin; point < end; point++)
        winograd_multiply(block->count, block->inputs + point * block->in_step, job->depth, 1, in,
                          job->points + point * step, job->columns,
                          block->products + point * block->out_step, job->columns, false);
}

static void output_range(int64_t begin, int64_t end, void *context) {
    const forward_block *block = context;
    const forward_job *job = block->job;
    winograd_outputs(job->type, &job->tiles, block->products + begin * job->columns,
                     block->out_step, job->columns, block->first + begin, end - begin, 0,
                     job->tiles.shape->out_channels, job->bias, job->relu, job->y);
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

// ---- Few tiles and heavy weights: those of a panel and a part of the inputs at a time

enum {
    PART = 128
}; // inputs whose weights at the points, for a panel, fill a third of a large cache

static void panel_range(int64_t begin, int64_t end, void *context) {
    const forward_block *block = context;
    const forward_job *job = block->job;
    const mt_winograd_shape *s = job->tiles.shape;
    const int64_t tiles = job->tiles.count, part = min64(PART, s->in_channels);
    const int64_t weight_step = part * PANEL + UNEVEN, out_step = tiles * PANEL + UNEVEN;
    const size_t bytes = (size_t)(POINTS * (weight_step + out_step)) * sizeof(float);
    float *weights = mt_scratch(bytes), *products = weights + POINTS * weight_step;
    for (int64_t panel = begin; panel < end; panel++) {
        const int64_t column = panel * PANEL;
        for (int64_t first = 0; first < s->in_channels; first += part) {
            const int64_t inputs = min64(part, s->in_channels - first);
            for (int64_t group = 0; group < PANEL; group += LANES)
                winograd_kernels(s, job->weights, job->turned, column + group, first, inputs,
                                 weights + group, weight_step);
            for (int64_t point = 0; point < POINTS; point++)
                winograd_multiply(tiles, block->inputs + point * block->in_step + first, job->depth,
                                  1, inputs, weights + point * weight_step, PANEL,
                                  products + point * out_step, PANEL, first > 0);
        }
        winograd_outputs(job->type, &job->tiles, products, out_step, PANEL, 0, tiles, column,
                         min64(column + PANEL, s->out_channels), job->bias, job->relu, job->y);
    }
    mt_deallocate(weights, bytes);
}

static void forward_panels(const forward_job *job) {
    const mt_winograd_shape *s = job->tiles.shape;
    forward_block block = {.job = job, .in_step = job->tiles.count * job->depth + UNEVEN};
    const size_t bytes = (size_t)(POINTS * block.in_step) * sizeof(float);
    block.inputs = mt_scratch(bytes);
    mt_parallel(job->tiles.count, 4, input_range, &block);
    mt_parallel(div_up(s->out_channels, PANEL), 1, panel_range, &block);
    mt_deallocate(block.inputs, bytes);
}

void mt_winograd_forward(mt_dtype type, const mt_winograd_shape *shape, const void *x,
                         const float *weights, bool turned, const float *points, const float *bias,
                         bool relu, void *y) {
    forward_job job = {.tiles = tiling_of(shape),
                       .type = type,
                       .depth = up_to(shape->in_channels, LANES),
                       .columns = up_to(shape->out_channels, PANEL),
                       .x = x,
                       .weights = weights,
                       .points = points,
                       .bias = bias,
                       .turned = turned,
                       .relu = relu,
                       .y = y};
    if (winograd_in_panels(shape)) {
        forward_panels(&job);
        return;
    }
    job.each = winograd_block(&job.tiles, job.tiles.count);
    const int64_t blocks = div_up(job.tiles.count, job.each);
    if (winograd_is_heavy(shape)) {
        forward_blocks(0, blocks, &job);
    } else {
        mt_parallel(blocks, 1, forward_blocks, &job);
    }
}

// By the work for each input and output channel: beside the products of tiles, weights or their
// gradient go to the points and back, and so do the activations of a tile. Found by measurement on
// AVX-512 machines.
double mt_winograd_cost(const mt_winograd_shape *s, bool weight_gradient) {
    const double tiles = (double)tiling_of(s).count;
    const double channels = 1 / (double)s->in_channels + 1 / (double)s->out_channels;
    const bool in_cache = weight_gradient ? winograd_in_squares(s) : winograd_in_panels(s);
    return 72 * tiles + (in_cache ? 1400 : 4032) + 2016 * tiles * channels;
}
