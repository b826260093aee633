// Derived sizes of a convolution.
#ifndef MARTLET_DNN_SHAPES_HPP
#define MARTLET_DNN_SHAPES_HPP

#include "Runtime.hpp"

namespace martlet {

struct ConvolutionShape : mt_conv_shape {
    explicit ConvolutionShape(const mt_conv_shape &shape) : mt_conv_shape(shape) {}

    static int64_t volume(const int64_t *sizes) { return sizes[0] * sizes[1] * sizes[2]; }

    int64_t groupInputs() const { return in_channels / groups; }
    int64_t groupOutputs() const { return out_channels / groups; }
    int64_t kernelSize() const { return volume(kernel); }
    int64_t inputPositions() const { return volume(input); }
    int64_t outputPositions() const { return volume(output); }
    int64_t inputCount() const { return batch * inputPositions() * in_channels; }
    int64_t outputCount() const { return batch * outputPositions() * out_channels; }
    int64_t weightCount() const { return out_channels * groupInputs() * kernelSize(); }

    // Multiplications of one pass, padding included.
    double products() const { return double(outputCount()) * double(groupInputs() * kernelSize()); }

    // Whether there is but one plane and nothing around it.
    bool isPlanar() const {
        return input[0] == 1 && output[0] == 1 && kernel[0] == 1 && before[0] == 0;
    }
    // The first dimension of more than one place: a range along it is one block of an image.
    int outermost() const {
        int d = 0;
        while (d < MT_VOLUME_DIMS - 1 && input[d] == 1 && output[d] == 1) d++;
        return d;
    }

    // From a kernel's first element to its last.
    int64_t reach(int d) const { return (kernel[d] - 1) * dilation[d]; }
    // The padding at the far end that the output size implies: less than what was asked for (even
    // negative) where the strides do not reach the end.
    int64_t farPadding(int d) const {
        return (output[d] - 1) * stride[d] + reach(d) + 1 - input[d] - before[d];
    }
    // Where along a dimension an output meets the input with an element of the kernel.
    int64_t meets(int d, int64_t output, int64_t element) const {
        return output * stride[d] - before[d] + element * dilation[d];
    }
    // The input position that an output position meets with a tap of the kernel; -1 in the padding.
    int64_t inputPosition(int64_t position, int64_t tap) const {
        int64_t result = 0, step = 1;
        for (int d = MT_VOLUME_DIMS - 1; d >= 0; d--) {
            const int64_t at = meets(d, position % output[d], tap % kernel[d]);
            if (at < 0 || at >= input[d]) return -1;
            result += at * step;
            step *= input[d];
            position /= output[d];
            tap /= kernel[d];
        }
        return result;
    }
    // The output position that meets an input position with a tap of the kernel; -1 where none
    // does.
    int64_t outputPosition(int64_t position, int64_t tap) const {
        int64_t result = 0, step = 1;
        for (int d = MT_VOLUME_DIMS - 1; d >= 0; d--) {
            const int64_t at = position % input[d] + before[d] - tap % kernel[d] * dilation[d];
            if (at < 0 || at % stride[d] || at / stride[d] >= output[d]) return -1;
            result += at / stride[d] * step;
            step *= output[d];
            position /= input[d];
            tap /= kernel[d];
        }
        return result;
    }
};

// The passes of a convolution.
enum class Pass { forward, backwardData, backwardWeights };

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
