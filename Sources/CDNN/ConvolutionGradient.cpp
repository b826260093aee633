// Gradients of weights and bias.
//
// oneDNN splits this sum over images by the number of threads and adds the parts up behind spinning
// barriers: results depend on the number of threads, and the barriers take a second when another
// process has a core. So the work is cut here, by the sizes alone, into shards that each run on one
// thread: by images, the partial sums added in order, or by output channels where the weights
// outweigh the activations.
#include <algorithm>
#include <cstring>

#include "Convolution.hpp"

namespace martlet {

namespace {

Plans gradientPlan(mt_dtype type, const ConvolutionShape &shape, bool bias) {
    Key key;
    key << 'w' << type << static_cast<const mt_conv_shape &>(shape) << bias;
    return cachedPlan(key, [&] {
        using Gradient = dnnl::convolution_backward_weights;
        const ConvolutionLayout layout(type, shape);
        const auto algorithm = dnnl::algorithm::convolution_direct;
        const auto description =
            bias ? Gradient::desc(algorithm, layout.source, layout.anyGradWeights, layout.bias,
                                  layout.result, layout.strides, layout.dilations,
                                  layout.nearPadding, layout.farPadding)
                 : Gradient::desc(algorithm, layout.source, layout.anyGradWeights, layout.result,
                                  layout.strides, layout.dilations, layout.nearPadding,
                                  layout.farPadding);
        const Gradient::primitive_desc chosen(description, attributes(false), engine(),
                                              layout.forward(false, false));
        Plan plan;
        plan.primitive = Gradient(chosen);
        plan.source = layout.source;
        plan.result = layout.result;
        plan.bias = layout.bias;
        plan.weights = chosen.diff_weights_desc();
        plan.plain = layout.plainWeights;
        plan.scratchpad = chosen.scratchpad_desc();
        plan.reorders = plan.weights != plan.plain;
        if (plan.reorders)
            plan.reorder = dnnl::reorder(
                dnnl::reorder::primitive_desc(engine(), plan.weights, engine(), plan.plain));
        return plan;
    });
}

void run(const Plan &plan, const void *x, const void *gradY, float *gradWeights, float *gradBias) {
    if (gradBias) {
        execute(plan.primitive,
                {{DNNL_ARG_SRC, plan.source, x},
                 {DNNL_ARG_DIFF_DST, plan.result, gradY},
                 {DNNL_ARG_DIFF_WEIGHTS, plan.weights, gradWeights},
                 {DNNL_ARG_DIFF_BIAS, plan.bias, gradBias}},
                &plan.scratchpad);
    } else {
        execute(plan.primitive,
                {{DNNL_ARG_SRC, plan.source, x},
                 {DNNL_ARG_DIFF_DST, plan.result, gradY},
                 {DNNL_ARG_DIFF_WEIGHTS, plan.weights, gradWeights}},
                &plan.scratchpad);
    }
}

void toPlain(const Plan &plan, const float *from, float *to) {
    if (plan.reorders)
        execute(plan.reorder, {{DNNL_ARG_FROM, plan.weights, from}, {DNNL_ARG_TO, plan.plain, to}});
    else
        std::memcpy(to, from, plan.plain.get_size());
}

// One primitive over everything.
void whole(mt_dtype type, const ConvolutionShape &shape, const void *x, const void *gradY,
           float *gradWeights, float *gradBias) {
    const Plans plan = gradientPlan(type, shape, gradBias != nullptr);
    if (!plan->reorders) return run(*plan, x, gradY, gradWeights, gradBias);
    float *blocked = static_cast<float *>(scratch(Scratch::partial, plan->weights.get_size()));
    run(*plan, x, gradY, blocked, gradBias);
    toPlain(*plan, blocked, gradWeights);
}

// dst[i] = the sum over shards of parts[shard * stride + i].
void addShards(const float *parts, int64_t shards, int64_t stride, int64_t count, float *dst) {
    constexpr int64_t chunk = 4096;
    parallel(ceilDivide(count, chunk), 8, [&](int64_t index) {
        const int64_t begin = index * chunk, length = std::min(chunk, count - begin);
        float *to = dst + begin;
        if (to != parts + begin) std::memcpy(to, parts + begin, size_t(length) * sizeof(float));
        for (int64_t shard = 1; shard < shards; shard++) {
            const float *part = parts + shard * stride + begin;
            for (int64_t i = 0; i < length; i++) to[i] += part[i];
        }
    });
}

// Each shard takes some images; false when the layouts of the two shard sizes differ.
bool byImages(mt_dtype type, const ConvolutionShape &shape, int64_t shards, const void *x,
              const void *gradY, float *gradWeights, float *gradBias) {
    const int64_t each = ceilDivide(shape.batch, shards);
    shards = ceilDivide(shape.batch, each);
    ConvolutionShape full = shape, rest = shape;
    full.batch = each;
    rest.batch = shape.batch - (shards - 1) * each;
    Plans fullPlan, restPlan;
    {
        ThreadLimit limit(1);
        fullPlan = gradientPlan(type, full, gradBias != nullptr);
        restPlan = rest.batch == each ? fullPlan : gradientPlan(type, rest, gradBias != nullptr);
    }
    ThreadLimit limit(availableThreads());
    if (restPlan->weights != fullPlan->weights) return false;

    const int64_t size = type == MT_BFLOAT16 ? 2 : 4;
    const int64_t xStep = each * shape.inputPositions() * shape.in_channels * size;
    const int64_t yStep = each * shape.outputPositions() * shape.out_channels * size;
    const int64_t count = int64_t(fullPlan->weights.get_size() / sizeof(float));
    const int64_t biasCount = gradBias ? shape.out_channels : 0;
    const int64_t stride = ceilDivide(count + biasCount, 16) * 16;
    float *parts =
        static_cast<float *>(scratch(Scratch::partial, size_t(shards * stride) * sizeof(float)));
    parallel(shards, 1, [&](int64_t shard) {
        ThreadLimit limit(1);
        float *part = parts + shard * stride;
        run(shard + 1 < shards ? *fullPlan : *restPlan,
            static_cast<const char *>(x) + shard * xStep,
            static_cast<const char *>(gradY) + shard * yStep, part,
            gradBias ? part + count : nullptr);
    });
    addShards(parts, shards, stride, count, fullPlan->reorders ? parts : gradWeights);
    if (fullPlan->reorders) toPlain(*fullPlan, parts, gradWeights);
    if (gradBias) addShards(parts + count, shards, stride, biasCount, gradBias);
    return true;
}

// Each shard takes some output channels, gathered so that they lie as the primitive wants them.
void byOutputs(mt_dtype type, const ConvolutionShape &shape, int64_t shards, const void *x,
               const void *gradY, float *gradWeights, float *gradBias) {
    const int64_t each = shape.out_channels / shards;
    ConvolutionShape part = shape;
    part.out_channels = each;
    const int64_t size = type == MT_BFLOAT16 ? 2 : 4;
    const int64_t rows = shape.batch * shape.outputPositions();
    parallel(shards, 1, [&](int64_t shard) {
        ThreadLimit limit(1);
        const Plans plan = gradientPlan(type, part, gradBias != nullptr);
        char *gathered =
            static_cast<char *>(scratch(Scratch::gathered, size_t(rows * each * size)));
        const char *from = static_cast<const char *>(gradY) + shard * each * size;
        for (int64_t row = 0; row < rows; row++)
            std::memcpy(gathered + row * each * size, from + row * shape.out_channels * size,
                        size_t(each * size));
        float *to = gradWeights + shard * part.weightCount();
        float *blocked =
            plan->reorders
                ? static_cast<float *>(scratch(Scratch::partial, plan->weights.get_size()))
                : to;
        run(*plan, x, gathered, blocked, gradBias ? gradBias + shard * each : nullptr);
        if (plan->reorders) toPlain(*plan, blocked, to);
    });
}

// Each shard takes a range of the outputs of one image along its outermost dimension, and what of
// the image is under them.
void byRanges(mt_dtype type, const ConvolutionShape &shape, int64_t shards, const void *x,
              const void *gradY, float *gradWeights, float *gradBias) {
    const int d = shape.outermost();
    const int64_t each = ceilDivide(shape.output[d], shards);
    shards = ceilDivide(shape.output[d], each);
    const int64_t size = type == MT_BFLOAT16 ? 2 : 4;
    const int64_t outputs = shape.outputPositions() / shape.output[d];
    const int64_t xStep = shape.inputPositions() / shape.input[d] * shape.in_channels * size;
    const int64_t yStep = outputs * shape.out_channels * size;
    const int64_t count = shape.weightCount(), biasCount = gradBias ? shape.out_channels : 0;
    const int64_t stride = ceilDivide(count + biasCount, 16) * 16;
    float *parts =
        static_cast<float *>(scratch(Scratch::gathered, size_t(shards * stride) * sizeof(float)));
    parallel(shards, 1, [&](int64_t shard) {
        ThreadLimit limit(1);
        float *part = parts + shard * stride;
        const int64_t begin = shard * each, end = std::min(begin + each, shape.output[d]);
        const int64_t near = shape.meets(d, begin, 0);
        const int64_t first = std::min(std::max<int64_t>(near, 0), shape.input[d]);
        const int64_t last =
            std::min(shape.meets(d, end - 1, shape.kernel[d] - 1) + 1, shape.input[d]);
        const char *grad = static_cast<const char *>(gradY) + begin * yStep;
        if (last <= first) { // nothing but padding
            std::memset(part, 0, size_t(stride) * sizeof(float));
            if (gradBias)
                mt_channel_sum(type, (end - begin) * outputs, shape.out_channels, 1, grad,
                               part + count);
            return;
        }
        ConvolutionShape range = shape;
        range.output[d] = end - begin;
        range.input[d] = last - first;
        range.before[d] = first - near;
        range.after[d] = range.farPadding(d);
        const Plans plan = gradientPlan(type, range, gradBias != nullptr);
        float *blocked =
            plan->reorders
                ? static_cast<float *>(scratch(Scratch::partial, plan->weights.get_size()))
                : part;
        run(*plan, static_cast<const char *>(x) + first * xStep, grad, blocked,
            gradBias ? part + count : nullptr);
        if (plan->reorders) toPlain(*plan, blocked, part);
    });
    addShards(parts, shards, stride, count, gradWeights);
    if (gradBias) addShards(parts + count, shards, stride, biasCount, gradBias);
}

} // namespace

void convolutionBackwardWeights(mt_dtype type, const ConvolutionShape &shape, const void *x,
                                const void *gradY, float *gradWeights, float *gradBias) {
    // Shards by images write and read their partial sums; shards by outputs copy the gradient of y
    // once.
    const int64_t count = shape.weightCount();
    const int64_t most = std::min<int64_t>(std::max<int64_t>((1 << 20) / count, 2), 16);
    const int64_t imageShards = std::min(most, shape.batch),
                  rangeShards = std::min(most, shape.output[shape.outermost()] / 2);
    int64_t outputShards = shape.groups == 1 ? std::min<int64_t>(shape.out_channels / 32, 4) : 1;
    while (outputShards > 1 && shape.out_channels % (outputShards * 16) != 0) outputShards--;
    const bool heavyWeights = count > 2 * shape.outputCount();
    if (outputShards > 1 && (heavyWeights || (shape.batch == 1 && rangeShards < 2)))
        return byOutputs(type, shape, outputShards, x, gradY, gradWeights, gradBias);
    for (int64_t shards = imageShards; shards > 1; shards--)
        if (byImages(type, shape, shards, x, gradY, gradWeights, gradBias)) return;
    if (shape.batch == 1 && rangeShards > 1)
        return byRanges(type, shape, rangeShards, x, gradY, gradWeights, gradBias);
    ThreadLimit limit(1); // too small to be cut
    whole(type, shape, x, gradY, gradWeights, gradBias);
}

} // namespace martlet
