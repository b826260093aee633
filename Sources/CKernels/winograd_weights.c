// The weights of Winograd's convolutions at the points: see winograd.c.
#include "winograd.h"

int64_t mt_winograd_weight_count(const mt_winograd_shape *s) {
    if (winograd_in_panels(s)) return 0;
    return POINTS * winograd_weight_step(s->in_channels, s->out_channels);
}

INLINE void kernels_at_points(const bool turned, const mt_winograd_shape *s, const float *weights,
                              int64_t first, int64_t input, int64_t inputs, float *to,
                              int64_t step) {
    const int64_t in = s->in_channels, out = s->out_channels;
    const int64_t lanes = max64(0, min64(LANES, out - first)), stride = turned ? 9 : in * 9;
    const float *end = weights + in * out * 9;
    for (int64_t i = input; i < input + inputs; i++, to += PANEL) {
        const float *from = weights + (turned ? i * out + first : first * in + i) * 9;
        vector taps[LANES];
        if (lanes == LANES && from + (LANES - 1) * stride + LANES <= end) {
            for (int o = 0; o < LANES; o++) taps[o] = *(const vector *)(from + o * stride);
        } else {
            for (int64_t o = 0; o < LANES; o++) {
                float kernel[LANES] = {0};
                if (o < lanes) memcpy(kernel, from + o * stride, 9 * sizeof(float));
                taps[o] = *(const vector *)kernel;
            }
        }
        transpose(taps);
        vector lines[3][SPAN];
        _Pragma("clang loop unroll(full)") for (int y = 0; y < 3; y++) {
            vector line[3];
            _Pragma("clang loop unroll(full)") for (int x = 0; x < 3; x++) {
                line[x] = taps[turned ? 8 - y * 3 - x : y * 3 + x];
            }
            kernel_points(3, line, lines[y]);
        }
        _Pragma("clang loop unroll(full)") for (int x = 0; x < SPAN; x++) {
            const vector line[3] = {lines[0][x], lines[1][x], lines[2][x]};
            vector result[SPAN];
            kernel_points(3, line, result);
            _Pragma("clang loop unroll(full)") for (int y = 0; y < SPAN; y++) {
                *(vector *)(to + (y * SPAN + x) * step) = result[y];
            }
        }
    }
}

HOT void winograd_kernels(const mt_winograd_shape *s, const float *weights, bool turned,
                          int64_t first, int64_t input, int64_t inputs, float *to, int64_t step) {
    if (turned) {
        kernels_at_points(true, s, weights, first, input, inputs, to, step);
    } else {
        kernels_at_points(false, s, weights, first, input, inputs, to, step);
    }
}

typedef struct {
    const mt_winograd_shape *shape;
    const float *weights;
    bool turned;
    float *points;
} weight_job;

// Groups of LANES output channels, as packed matrices (point, panel, input, column).
static void weight_groups(int64_t begin, int64_t end, void *context) {
    const weight_job *job = context;
    const int64_t in = job->shape->in_channels;
    for (int64_t group = begin; group < end; group++) {
        const int64_t first = group * LANES;
        winograd_kernels(job->shape, job->weights, job->turned, first, 0, in,
                         job->points + first / PANEL * PANEL * in + first % PANEL,
                         winograd_weight_step(in, job->shape->out_channels));
    }
}

void mt_winograd_weights(const mt_winograd_shape *shape, const float *weights, bool turned,
                         float *points) {
    weight_job job = {shape, weights, turned, points};
    mt_parallel(up_to(shape->out_channels, PANEL) / LANES,
                row_grain(shape->in_channels * LANES * POINTS), weight_groups, &job);
}
