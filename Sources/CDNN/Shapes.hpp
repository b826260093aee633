// Derived sizes of a convolution.
#ifndef MARTLET_DNN_SHAPES_HPP
#define MARTLET_DNN_SHAPES_HPP

#include "Runtime.hpp"

namespace martlet {

struct ConvolutionShape : mt_conv_shape {
    explicit ConvolutionShape(const mt_conv_shape &shape) : mt_conv_shape(shape) {}

    int64_t groupInputs() const { return in_channels / groups; }
    int64_t groupOutputs() const { return out_channels / groups; }
    int64_t kernelSize() const { return kernel_height * kernel_width; }
    int64_t inputPositions() const { return in_height * in_width; }
    int64_t outputPositions() const { return out_height * out_width; }
    int64_t inputCount() const { return batch * inputPositions() * in_channels; }
    int64_t outputCount() const { return batch * outputPositions() * out_channels; }
    int64_t weightCount() const { return out_channels * groupInputs() * kernelSize(); }

    // Multiplications of one pass, padding included.
    double products() const { return double(outputCount()) * double(groupInputs() * kernelSize()); }

    // The padding at the far ends that the output size implies: less than what was asked for (even
    // negative) where the strides do not reach the end.
    int64_t farPadHeight() const {
        return (out_height - 1) * stride_height + (kernel_height - 1) * dilation_height + 1 -
               in_height - pad_top;
    }
    int64_t farPadWidth() const {
        return (out_width - 1) * stride_width + (kernel_width - 1) * dilation_width + 1 - in_width -
               pad_left;
    }
    int64_t inputRow(int64_t y, int64_t ky) const {
        return y * stride_height - pad_top + ky * dilation_height;
    }
    int64_t inputColumn(int64_t x, int64_t kx) const {
        return x * stride_width - pad_left + kx * dilation_width;
    }
};

// The three passes on oneDNN.
void convolutionForward(mt_dtype type, const ConvolutionShape &shape, const void *x,
                        const void *weights, uint64_t version, const void *bias, bool relu,
                        void *y);
void convolutionBackwardData(mt_dtype type, const ConvolutionShape &shape, const void *gradY,
                             const void *weights, uint64_t version, void *gradX);
void convolutionBackwardWeights(mt_dtype type, const ConvolutionShape &shape, const void *x,
                                const void *gradY, float *gradWeights, float *gradBias);

// The same in double precision, for checks of gradients: written to be plain.
void convolutionForward(const ConvolutionShape &shape, const double *x, const double *weights,
                        const double *bias, bool relu, double *y);
void convolutionBackwardData(const ConvolutionShape &shape, const double *gradY,
                             const double *weights, double *gradX);
void convolutionBackwardWeights(const ConvolutionShape &shape, const double *x, const double *gradY,
                                double *gradWeights, double *gradBias);

} // namespace martlet

#endif
