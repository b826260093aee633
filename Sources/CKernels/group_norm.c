// Group normalisation (Wu and He 2018): a sample is a batch of one for the passes of batch
// normalisation, and the sums of a group's channels are joined.
#include <math.h>

#include "batch_norm.h"

typedef struct {
    mt_dtype type;
    const mt_group_norm *norm;
    double *sums; // the parameters' gradients of each sample: (samples, 2, channels)
} group_call;

static mt_bn sample_of(const group_call *call, int64_t sample) {
    const mt_group_norm *n = call->norm;
    mt_bn bn = n->channels_last ? mt_bn_make(n->positions, n->channels, 1)
                                : mt_bn_make(1, n->channels, n->positions);
    int64_t at = sample * n->channels * n->positions * item_size(call->type);
    bn.x = (const char *)n->x + at;
    bn.relu = n->relu;
    if (n->y != NULL) bn.y = (char *)n->y + at;
    if (n->grad != NULL) bn.grad = (const char *)n->grad + at;
    if (n->grad_x != NULL) bn.grad_x = (char *)n->grad_x + at;
    return bn;
}

static void forward_sample(const group_call *call, int64_t sample) {
    const mt_group_norm *n = call->norm;
    const mt_dtype type = call->type;
    const mt_bn_kernels *kernels = mt_bn_kernels_of(type);
    mt_bn bn = sample_of(call, sample);
    bn.partial = mt_scratch(mt_bn_partial_bytes(&bn));
    mt_bn_run_chunks(&bn, kernels->statistics_rows, kernels->statistics_planes);
    size_t bytes = mt_bn_constants_bytes(&bn, type, 3);
    void *constants = mt_scratch(bytes);
    int64_t each = n->channels / n->groups;
    for (int64_t g = 0; g < n->groups; g++) {
        mt_bn_moments moments = {0, 0, 0};
        for (int64_t c = g * each; c < (g + 1) * each; c++) mt_bn_join(&bn, c, &moments);
        double variance = fmax(moments.deviation, 0) / moments.count;
        double inverse = 1 / sqrt(variance + n->epsilon);
        put(type, n->mean, sample * n->groups + g, moments.mean);
        put(type, n->inverse, sample * n->groups + g, inverse);
        for (int64_t c = g * each; c < (g + 1) * each; c++) {
            double weight = n->weight == NULL ? 1 : get(type, n->weight, c);
            mt_bn_put_constant(&bn, type, constants, 0, c, moments.mean);
            mt_bn_put_constant(&bn, type, constants, 1, c, inverse * weight);
            mt_bn_put_constant(&bn, type, constants, 2, c,
                               n->bias == NULL ? 0 : get(type, n->bias, c));
        }
    }
    bn.constants = constants;
    mt_bn_run_elements(&bn, kernels->forward_rows, kernels->forward_planes);
    mt_deallocate(constants, bytes);
    mt_deallocate(bn.partial, mt_bn_partial_bytes(&bn));
}

static void backward_sample(const group_call *call, int64_t sample) {
    const mt_group_norm *n = call->norm;
    const mt_dtype type = call->type;
    const mt_bn_kernels *kernels = mt_bn_kernels_of(type);
    mt_bn bn = sample_of(call, sample);
    size_t bytes = mt_bn_constants_bytes(&bn, type, 4);
    void *constants = mt_scratch(bytes);
    bn.constants = constants;
    bn.partial = mt_scratch(mt_bn_partial_bytes(&bn));
    int64_t each = n->channels / n->groups, first = sample * n->groups;
    for (int64_t c = 0; c < n->channels; c++)
        mt_bn_put_constant(&bn, type, constants, 0, c, get(type, n->mean, first + c / each));
    mt_bn_run_chunks(&bn, kernels->sums_rows, kernels->sums_planes);

    double *products = call->sums + sample * 2 * n->channels, *totals = products + n->channels;
    double count = (double)(each * n->positions);
    for (int64_t g = 0; g < n->groups; g++) {
        double inverse = get(type, n->inverse, first + g), total = 0, product = 0;
        for (int64_t c = g * each; c < (g + 1) * each; c++) {
            double weight = n->weight == NULL ? 1 : get(type, n->weight, c);
            mt_bn_add(&bn, c, totals + c, products + c);
            products[c] *= inverse;
            total += weight * totals[c];
            product += weight * products[c];
        }
        for (int64_t c = g * each; c < (g + 1) * each; c++) {
            double weight = n->weight == NULL ? 1 : get(type, n->weight, c);
            mt_bn_put_constant(&bn, type, constants, 1, c, inverse * weight);
            mt_bn_put_constant(&bn, type, constants, 2, c, -inverse * inverse * product / count);
            mt_bn_put_constant(&bn, type, constants, 3, c, -inverse * total / count);
        }
    }
    if (n->grad_x != NULL)
        mt_bn_run_elements(&bn, kernels->backward_rows, kernels->backward_planes);
    mt_deallocate(bn.partial, mt_bn_partial_bytes(&bn));
    mt_deallocate(constants, bytes);
}

static void forward_samples(int64_t begin, int64_t end, void *context) {
    for (int64_t sample = begin; sample < end; sample++) forward_sample(context, sample);
}

static void backward_samples(int64_t begin, int64_t end, void *context) {
    for (int64_t sample = begin; sample < end; sample++) backward_sample(context, sample);
}

// Many samples go to a thread each, which finds them in its cache again; a few are cut themselves.
static void run(group_call *call, mt_body body) {
    const mt_group_norm *n = call->norm;
    int64_t work = n->channels * n->positions;
    bool many = n->samples >= 4 * mt_thread_count() || work < 2 * MT_GRAIN;
    if (many) {
        mt_parallel(n->samples, row_grain(work), body, call);
    } else {
        body(0, n->samples, call);
    }
}

void mt_group_norm_forward(mt_dtype type, const mt_group_norm *n) {
    if (n->samples * n->channels * n->positions == 0) return;
    group_call call = {.type = type, .norm = n};
    run(&call, forward_samples);
}

void mt_group_norm_backward(mt_dtype type, const mt_group_norm *n) {
    size_t bytes = (size_t)(n->samples * 2 * n->channels) * sizeof(double);
    group_call call = {.type = type, .norm = n, .sums = mt_scratch(bytes)};
    if (n->samples * n->channels * n->positions != 0) {
        run(&call, backward_samples);
    } else {
        memset(call.sums, 0, bytes);
    }
    for (int64_t c = 0; c < n->channels; c++) {
        double product = 0, total = 0;
        for (int64_t sample = 0; sample < n->samples; sample++) {
            product += call.sums[sample * 2 * n->channels + c];
            total += call.sums[(sample * 2 + 1) * n->channels + c];
        }
        if (n->grad_weight != NULL) put(type, n->grad_weight, c, product);
        if (n->grad_bias != NULL) put(type, n->grad_bias, c, total);
    }
    mt_deallocate(call.sums, bytes);
}
