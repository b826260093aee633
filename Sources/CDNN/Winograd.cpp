// Which convolutions go by Winograd's algorithm, and the weights they take; CKernels' winograd.c
// has the algorithm. bfloat16 activations are computed on in float32, which is still faster than
// AVX512_BF16's products of two.
#include "Winograd.hpp"

#include <algorithm>

#include "Weights.hpp"

namespace martlet {

namespace {

mt_winograd_shape forwardShape(const ConvolutionShape &s) {
    return {s.batch,     s.in_channels, s.out_channels, s.input[1], s.input[2],
            s.output[1], s.output[2],   s.before[1],    s.before[2]};
}

// The convolution with the kernel turned, from the gradient of y to that of x.
mt_winograd_shape turnedShape(const ConvolutionShape &s) {
    return {s.batch,
            s.out_channels,
            s.in_channels,
            s.output[1],
            s.output[2],
            s.input[1],
            s.input[2],
            s.reach(1) - s.before[1],
            s.reach(2) - s.before[2]};
}

void forward(mt_dtype type, const mt_winograd_shape &shape, const void *x, const float *weights,
             uint64_t version, bool turned, const float *bias, bool relu, void *y) {
    PreparedWeights points = {};
    if (const int64_t count = mt_winograd_weight_count(&shape)) {
        const Description layout({count}, Number::f32, Tag::a);
        const Arrangement arrangement = turned ? Arrangement::flipped : Arrangement::direct;
        points = preparedWeights(weights, version, arrangement, layout, [&](void *to) {
            mt_winograd_weights(&shape, weights, turned, static_cast<float *>(to));
        });
    }
    mt_winograd_forward(type, &shape, x, weights, turned, static_cast<const float *>(points.data),
                        bias, relu, y);
}

// Tensor tiles multiply bfloat16 faster than this saves multiplications.
bool hasTileProducts() {
    const auto tiles = unsigned(dnnl::cpu_isa::avx512_core_amx);
    return (unsigned(dnnl::get_effective_cpu_isa()) & tiles) == tiles;
}

} // namespace

bool prefersWinograd(mt_dtype type, const ConvolutionShape &s, Pass pass) {
    if (s.groups != 1 || !s.isPlanar()) return false;
    for (int d = 1; d < MT_VOLUME_DIMS; d++)
        if (s.kernel[d] != 3 || s.stride[d] != 1 || s.dilation[d] != 1) return false;
    if (type == MT_BFLOAT16 && hasTileProducts()) return false;
    if (std::min(s.in_channels, s.out_channels) < 16) return false;
    const mt_winograd_shape shape = pass == Pass::backwardData ? turnedShape(s) : forwardShape(s);
    // Two of the multiplications that make the cost take as long as one of oneDNN's sums.
    const double sums = 18 * double(s.batch * s.outputPositions());
    return sums > 1.2 * mt_winograd_cost(&shape, pass == Pass::backwardWeights);
}

void winogradForward(mt_dtype type, const ConvolutionShape &s, const void *x, const float *weights,
                     uint64_t version, const float *bias, bool relu, void *y) {
    forward(type, forwardShape(s), x, weights, version, false, bias, relu, y);
}

void winogradBackwardData(mt_dtype type, const ConvolutionShape &s, const void *gradY,
                          const float *weights, uint64_t version, void *gradX) {
    forward(type, turnedShape(s), gradY, weights, version, true, nullptr, false, gradX);
}

void winogradBackwardWeights(mt_dtype type, const ConvolutionShape &s, const void *x,
                             const void *gradY, float *gradWeights, float *gradBias) {
    const mt_winograd_shape shape = forwardShape(s);
    mt_winograd_backward_weights(type, &shape, x, gradY, gradWeights);
    if (gradBias)
        mt_channel_sum(type, s.batch * s.outputPositions(), s.out_channels, 1, gradY, gradBias);
}

} // namespace martlet
