// Convolutions forward and backward in the data on oneDNN, float32 and bfloat16.
#include "Convolution.hpp"

#include <algorithm>
#include <utility>

namespace martlet {

ConvolutionLayout::ConvolutionLayout(mt_dtype type, const ConvolutionShape &shape) {
    const Memory::dims x = {shape.batch, shape.in_channels, shape.in_height, shape.in_width};
    const Memory::dims y = {shape.batch, shape.out_channels, shape.out_height, shape.out_width};
    Memory::dims weights = {shape.groupOutputs(), shape.groupInputs(), shape.kernel_height,
                            shape.kernel_width};
    if (shape.groups > 1) weights.insert(weights.begin(), shape.groups);
    source = Description(x, number(type), Tag::nhwc);
    result = Description(y, number(type), Tag::nhwc);
    anyWeights = Description(weights, number(type), Tag::any);
    anyGradWeights = Description(weights, Number::f32, Tag::any);
    plainWeights = Description(weights, Number::f32, shape.groups > 1 ? Tag::goihw : Tag::oihw);
    bias = Description({shape.out_channels}, Number::f32, Tag::x);
    strides = {shape.stride_height, shape.stride_width};
    dilations = {shape.dilation_height - 1, shape.dilation_width - 1};
    nearPadding = {shape.pad_top, shape.pad_left};
    farPadding = {shape.farPadHeight(), shape.farPadWidth()};
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

// (out, in, height, width) to (in, out, height, width) in each group, the kernel turned by half a
// turn.
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
    return shape.groups == 1 && shape.kernelSize() > 1 &&
           std::min(shape.out_height, shape.out_width) >= 14 &&
           shape.batch * shape.outputPositions() >= 4096;
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
    const int64_t reachHeight = (shape.kernel_height - 1) * shape.dilation_height;
    const int64_t reachWidth = (shape.kernel_width - 1) * shape.dilation_width;
    return shape.stride_height == 1 && shape.stride_width == 1 && shape.pad_top <= reachHeight &&
           shape.farPadHeight() <= reachHeight && shape.pad_left <= reachWidth &&
           shape.farPadWidth() <= reachWidth;
}

void turnedBackwardData(mt_dtype type, const ConvolutionShape &shape, const void *gradY,
                        const void *weights, uint64_t version, void *gradX) {
    ConvolutionShape turned = shape;
    std::swap(turned.in_channels, turned.out_channels);
    std::swap(turned.in_height, turned.out_height);
    std::swap(turned.in_width, turned.out_width);
    turned.pad_top = (shape.kernel_height - 1) * shape.dilation_height - shape.pad_top;
    turned.pad_left = (shape.kernel_width - 1) * shape.dilation_width - shape.pad_left;
    turned.pad_bottom = turned.farPadHeight();
    turned.pad_right = turned.farPadWidth();
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

} // namespace

void convolutionForward(mt_dtype type, const ConvolutionShape &shape, const void *x,
                        const void *weights, uint64_t version, const void *bias, bool relu,
                        void *y) {
    const Plans plan = forwardPlan(type, shape, bias != nullptr, relu);
    const PreparedWeights prepared = arranged(*plan, weights, version);
    if (bias) {
        execute(plan->primitive,
                {{DNNL_ARG_SRC, plan->source, x},
                 {DNNL_ARG_WEIGHTS, plan->weights, prepared.data},
                 {DNNL_ARG_BIAS, plan->bias, bias},
                 {DNNL_ARG_DST, plan->result, y}},
                &plan->scratchpad);
    } else {
        execute(plan->primitive,
                {{DNNL_ARG_SRC, plan->source, x},
                 {DNNL_ARG_WEIGHTS, plan->weights, prepared.data},
                 {DNNL_ARG_DST, plan->result, y}},
                &plan->scratchpad);
    }
}

void convolutionBackwardData(mt_dtype type, const ConvolutionShape &shape, const void *gradY,
                             const void *weights, uint64_t version, void *gradX) {
    if (canTurn(shape) && prefersTurned(type, shape))
        return turnedBackwardData(type, shape, gradY, weights, version, gradX);
    const Plans plan = backwardDataPlan(type, shape);
    const PreparedWeights prepared = arranged(*plan, weights, version);
    execute(plan->primitive,
            {{DNNL_ARG_DIFF_DST, plan->result, gradY},
             {DNNL_ARG_WEIGHTS, plan->weights, prepared.data},
             {DNNL_ARG_DIFF_SRC, plan->source, gradX}},
            &plan->scratchpad);
}

} // namespace martlet
