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

PreparedWeights atPoints(const mt_winograd_shape &shape, const float *weights, uint64_t version,
                         bool turned) {
    const Description layout({mt_winograd_weight_count(&shape)}, Number::f32, Tag::a);
    const Arrangement arrangement = turned ? Arrangement::flipped : Arrangement::direct;
    return preparedWeights(weights, version, arrangement, layout, [&](void *to) {
        mt_winograd_weights(&shape, weights, turned, static_cast<float *>(to));
    });
}

// Tensor tiles multiply bfloat16 faster than this saves multiplications.
bool hasTileProducts() {
    const auto tiles = unsigned(dnnl::cpu_isa::avx512_core_amx);
    return (unsigned(dnnl::get_effective_cpu_isa()) & tiles) == tiles;
}

} // namespace

// By the work for each input and output channel, in multiplications: beside the products of tiles,
// weights are brought to the points at the cost of about 4000, or their gradient from the points at
// that of 1400 where the tiles are few, and a tile's activations of a channel at that of about
// 2000. Found by measurement on AVX-512 machines.
bool prefersWinograd(mt_dtype type, const ConvolutionShape &s, Pass pass) {
    if (s.groups != 1 || !s.isPlanar()) return false;
    for (int d = 1; d < MT_VOLUME_DIMS; d++)
        if (s.kernel[d] != 3 || s.stride[d] != 1 || s.dilation[d] != 1) return false;
    if (type == MT_BFLOAT16 && hasTileProducts()) return false;
    const double tiles = double(s.batch * ceilDivide(s.output[1], 4) * ceilDivide(s.output[2], 4));
    const double positions = double(s.batch * s.outputPositions());
    const double channels = 1.0 / double(s.in_channels) + 1.0 / double(s.out_channels);
    const double weights = pass == Pass::backwardWeights && tiles <= 160 ? 1400 : 4032;
    return std::min(s.in_channels, s.out_channels) >= 16 &&
           18 * positions > 1.3 * (72 * tiles + weights + 2016 * tiles * channels);
}

void winogradForward(mt_dtype type, const ConvolutionShape &s, const void *x, const float *weights,
                     uint64_t version, const float *bias, bool relu, void *y) {
    const mt_winograd_shape shape = forwardShape(s);
    const PreparedWeights prepared = atPoints(shape, weights, version, false);
    mt_winograd_forward(type, &shape, x, static_cast<const float *>(prepared.data), bias, relu, y);
}

void winogradBackwardData(mt_dtype type, const ConvolutionShape &s, const void *gradY,
                          const float *weights, uint64_t version, void *gradX) {
    const mt_winograd_shape shape = turnedShape(s);
    const PreparedWeights prepared = atPoints(shape, weights, version, true);
    mt_winograd_forward(type, &shape, gradY, static_cast<const float *>(prepared.data), nullptr,
                        false, gradX);
}

void winogradBackwardWeights(mt_dtype type, const ConvolutionShape &s, const void *x,
                             const void *gradY, float *gradWeights, float *gradBias) {
    const mt_winograd_shape shape = forwardShape(s);
    mt_winograd_backward_weights(type, &shape, x, gradY, gradWeights);
    if (gradBias)
        mt_channel_sum(type, s.batch * s.outputPositions(), s.out_channels, 1, gradY, gradBias);
}

} // namespace martlet
