// Convolutions forward and backward in the data on oneDNN, float32 and bfloat16.
#include "Convolution.hpp"

#include <algorithm>
#include <utility>

namespace martlet {

// Planes are not volumes of depth 1: oneDNN has its best code for them.
ConvolutionLayout::ConvolutionLayout(mt_dtype type, const ConvolutionShape &shape) {
    const int first = shape.isPlanar() ? 1 : 0;
    const auto dims = [&](std::initializer_list<int64_t> lead, const int64_t *sizes) {
        Memory::dims result(lead);
        result.insert(result.end(), sizes + first, sizes + MT_VOLUME_DIMS);
        return result;
    };
    Memory::dims weights = dims({shape.groupOutputs(), shape.groupInputs()}, shape.kernel);
    if (shape.groups > 1) weights.insert(weights.begin(), shape.groups);
    const Tag activations = first ? Tag::nhwc : Tag::ndhwc;
    source =
        Description(dims({shape.batch, shape.in_channels}, shape.input), number(type), activations);
    result = Description(dims({shape.batch, shape.out_channels}, shape.output), number(type),
                         activations);
    anyWeights = Description(weights, number(type), Tag::any);
    anyGradWeights = Description(weights, Number::f32, Tag::any);
    const Tag plain =
        shape.groups > 1 ? (first ? Tag::goihw : Tag::goidhw) : (first ? Tag::oihw : Tag::oidhw);
    plainWeights = Description(weights, Number::f32, plain);
    bias = Description({shape.out_channels}, Number::f32, Tag::x);
    strides = dims({}, shape.stride);
    nearPadding = dims({}, shape.before);
    for (int d = first; d < MT_VOLUME_DIMS; d++) {
        dilations.push_back(shape.dilation[d] - 1);
        farPadding.push_back(shape.farPadding(d));
    }
}

dnnl::convolution_forward::primitive_desc ConvolutionLayout::forward(bool withBias,
                                                                     bool relu) const {
    using Forward = dnnl::convolution_forward;
    const auto kind = dnnl::prop_kind::forward_training;
    const auto algorithm = dnnl::algorithm::convolution_direct;
    const auto description = withBias
                                 ? Forward::desc(kind, algorithm, source, anyWeights, bias, result,
                                                 strides, dilations, nearPadding, farPadding)
                                 : Forward::desc(kind, algorithm, source, anyWeights, result,
                                                 strides, dilations, nearPadding, farPadding);
    return Forward::primitive_desc(description, attributes(relu), engine());
}

namespace {

// Fills in the reorder from plain weights.
void setWeights(Plan &plan, const Description &plain, const Description &wanted) {
    plan.plain = plain;
    plan.weights = wanted;
    plan.reorders = wanted != plain;
    if (plan.reorders)
        plan.reorder =
            dnnl::reorder(dnnl::reorder::primitive_desc(engine(), plain, engine(), wanted));
}

Plans forwardPlan(mt_dtype type, const ConvolutionShape &shape, bool bias, bool relu) {
    Key key;
    key << 'f' << type << static_cast<const mt_conv_shape &>(shape) << bias << relu;
    return cachedPlan(key, [&] {
        const ConvolutionLayout layout(type, shape);
        const auto chosen = layout.forward(bias, relu);
        Plan plan;
        plan.primitive = dnnl::convolution_forward(chosen);
        plan.source = layout.source;
        plan.bias = layout.bias;
        plan.result = layout.result;
        plan.scratchpad = chosen.scratchpad_desc();
        setWeights(plan, layout.plainWeights, chosen.weights_desc());
        return plan;
    });
}

Plans backwardDataPlan(mt_dtype type, const ConvolutionShape &shape) {
    Key key;
    key << 'd' << type << static_cast<const mt_conv_shape &>(shape);
    return cachedPlan(key, [&] {
        using Backward = dnnl::convolution_backward_data;
        const ConvolutionLayout layout(type, shape);
        const Backward::desc description(dnnl::algorithm::convolution_direct, layout.source,
                                         layout.anyWeights, layout.result, layout.strides,
                                         layout.dilations, layout.nearPadding, layout.farPadding);
        const Backward::primitive_desc chosen(description, attributes(false), engine(),
                                              layout.forward(false, false));
        Plan plan;
        plan.primitive = Backward(chosen);
        plan.source = layout.source;
        plan.result = layout.result;
        plan.scratchpad = chosen.scratchpad_desc();
        setWeights(plan, layout.plainWeights, chosen.weights_desc());
        return plan;
    });
}

// (out, in, taps) to (in, out, taps) in each group, the taps in reverse order.
void turn(const ConvolutionShape &shape, const float *from, float *to) {
    const int64_t outputs = shape.groupOutputs(), inputs = shape.groupInputs(),
                  taps = shape.kernelSize();
    parallel(shape.groups * inputs, ceilDivide(4096, outputs * taps), [&](int64_t input) {
        const int64_t group = input / inputs;
        const float *source = from + (group * outputs * inputs + input % inputs) * taps;
        float *target = to + input * outputs * taps;
        for (int64_t output = 0; output < outputs; output++)
            for (int64_t tap = 0; tap < taps; tap++)
                target[output * taps + taps - 1 - tap] = source[output * inputs * taps + tap];
    });
}

// The gradient of the data of a convolution with stride 1 is a convolution with the kernel turned,
// for which oneDNN has its better code where images are large enough to pay for turning the
// weights.
bool prefersTurned(mt_dtype type, const ConvolutionShape &shape) {
    // oneDNN 2.6.3 leaves out the last output channel of an odd number here.
    if (type == MT_BFLOAT16) return shape.kernelSize() == 1 && shape.out_channels % 2 != 0;
    // For volumes it has not.
    if (shape.groups != 1 || shape.kernelSize() == 1 || !shape.isPlanar()) return false;
    for (int d = 0; d < MT_VOLUME_DIMS; d++)
        if (shape.kernel[d] > 1 && shape.output[d] < 14) return false;
    return shape.batch * shape.outputPositions() >= 4096;
}

// The weights in the layout of a plan.
PreparedWeights arranged(const Plan &plan, const void *weights, uint64_t version) {
    if (!plan.reorders) return {weights, nullptr};
    return preparedWeights(weights, version, Arrangement::direct, plan.weights, [&](void *to) {
        execute(plan.reorder,
                {{DNNL_ARG_FROM, plan.plain, weights}, {DNNL_ARG_TO, plan.weights, to}});
    });
}

bool canTurn(const ConvolutionShape &shape) {
    for (int d = 0; d < MT_VOLUME_DIMS; d++)
        if (shape.stride[d] != 1 || shape.before[d] > shape.reach(d) ||
            shape.farPadding(d) > shape.reach(d))
            return false;
    return true;
}

// The convolution with the kernel turned, from the gradient of y to that of x.
ConvolutionShape turnedShape(const ConvolutionShape &shape) {
    ConvolutionShape turned = shape;
    std::swap(turned.in_channels, turned.out_channels);
    for (int d = 0; d < MT_VOLUME_DIMS; d++) {
        std::swap(turned.input[d], turned.output[d]);
        turned.before[d] = shape.reach(d) - shape.before[d];
        turned.after[d] = turned.farPadding(d);
    }
    return turned;
}

// Whether the order of oneDNN's sums depends on the number of threads: it does where more than half
// of a kernel lies in the padding, or the kernel covers the image.
bool sumsVary(const ConvolutionShape &shape) {
    for (int d = 0; d < MT_VOLUME_DIMS; d++) {
        const int64_t reach = shape.reach(d), most = reach + 1;
        if (reach > 0 && (2 * shape.before[d] > most || 2 * shape.farPadding(d) > most ||
                          most >= shape.input[d]))
            return true;
    }
    return false;
}

void turnedBackwardData(mt_dtype type, const ConvolutionShape &shape,
                        const ConvolutionShape &turned, const void *gradY, const void *weights,
                        uint64_t version, void *gradX) {
    const Plans plan = forwardPlan(type, turned, false, false);
    const PreparedWeights prepared =
        preparedWeights(weights, version, Arrangement::flipped, plan->weights, [&](void *to) {
            if (!plan->reorders)
                return turn(shape, static_cast<const float *>(weights), static_cast<float *>(to));
            void *plain = scratch(Scratch::gathered, plan->plain.get_size());
            turn(shape, static_cast<const float *>(weights), static_cast<float *>(plain));
            execute(plan->reorder,
                    {{DNNL_ARG_FROM, plan->plain, plain}, {DNNL_ARG_TO, plan->weights, to}});
        });
    execute(plan->primitive,
            {{DNNL_ARG_SRC, plan->source, gradY},
             {DNNL_ARG_WEIGHTS, plan->weights, prepared.data},
             {DNNL_ARG_DST, plan->result, gradX}},
            &plan->scratchpad);
}

void runForward(const Plan &plan, const void *x, const void *weights, const void *bias, void *y) {
    if (bias) {
        execute(plan.primitive,
                {{DNNL_ARG_SRC, plan.source, x},
                 {DNNL_ARG_WEIGHTS, plan.weights, weights},
                 {DNNL_ARG_BIAS, plan.bias, bias},
                 {DNNL_ARG_DST, plan.result, y}},
                &plan.scratchpad);
    } else {
        execute(plan.primitive,
                {{DNNL_ARG_SRC, plan.source, x},
                 {DNNL_ARG_WEIGHTS, plan.weights, weights},
                 {DNNL_ARG_DST, plan.result, y}},
                &plan.scratchpad);
    }
}

} // namespace

void convolutionForward(mt_dtype type, const ConvolutionShape &shape, const void *x,
                        const void *weights, uint64_t version, const void *bias, bool relu,
                        void *y) {
    if (!sumsVary(shape)) {
        const Plans plan = forwardPlan(type, shape, bias != nullptr, relu);
        const PreparedWeights prepared = arranged(*plan, weights, version);
        return runForward(*plan, x, prepared.data, bias, y);
    }
    // Each image on a thread of its own.
    ConvolutionShape image = shape;
    image.batch = 1;
    ThreadLimit single(1);
    const Plans plan = forwardPlan(type, image, bias != nullptr, relu);
    const PreparedWeights prepared = arranged(*plan, weights, version);
    ThreadLimit limit(availableThreads());
    const int64_t size = type == MT_BFLOAT16 ? 2 : 4;
    parallel(shape.batch, 1, [&](int64_t i) {
        ThreadLimit limit(1);
        runForward(*plan, static_cast<const char *>(x) + i * image.inputCount() * size,
                   prepared.data, bias, static_cast<char *>(y) + i * image.outputCount() * size);
    });
}

void convolutionBackwardData(mt_dtype type, const ConvolutionShape &shape, const void *gradY,
                             const void *weights, uint64_t version, void *gradX) {
    if (canTurn(shape) && prefersTurned(type, shape)) {
        const ConvolutionShape turned = turnedShape(shape);
        if (!sumsVary(turned))
            return turnedBackwardData(type, shape, turned, gradY, weights, version, gradX);
    }
    const Plans plan = backwardDataPlan(type, shape);
    const PreparedWeights prepared = arranged(*plan, weights, version);
    execute(plan->primitive,
            {{DNNL_ARG_DIFF_DST, plan->result, gradY},
             {DNNL_ARG_WEIGHTS, plan->weights, prepared.data},
             {DNNL_ARG_DIFF_SRC, plan->source, gradX}},
            &plan->scratchpad);
}

} // namespace martlet
