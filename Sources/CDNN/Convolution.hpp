// A convolution in oneDNN's terms.
#ifndef MARTLET_DNN_CONVOLUTION_HPP
#define MARTLET_DNN_CONVOLUTION_HPP

#include "Shapes.hpp"
#include "Weights.hpp"

namespace martlet {

// Activations channels-last, weights in whatever layout the primitive likes best.
struct ConvolutionLayout {
    ConvolutionLayout(mt_dtype type, const ConvolutionShape &shape);

    dnnl::convolution_forward::primitive_desc forward(bool withBias, bool relu) const;

    Description source, result, anyWeights, anyGradWeights, plainWeights, bias;
    Memory::dims strides, dilations, nearPadding, farPadding;
};

} // namespace martlet

#endif
