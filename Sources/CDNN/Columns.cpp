// oneDNN computes output channels sixteen at a time, so that three of them cost as much as sixteen.
// Here each column of the kernel makes channels of its own: one convolution with a kernel of width
// 1 gives (column, channel) for every input position, and an output is the sum over the columns of
// what lies beside it. Images go one after the other, so that what lies between stays in the cache.
#include "Columns.hpp"

#include <algorithm>

namespace martlet {

namespace {

// The convolution of one image with a kernel of width 1 to (column, channel).
ConvolutionShape columnsOf(const ConvolutionShape &s) {
    ConvolutionShape columns = s;
    columns.batch = 1;
    columns.out_channels = s.out_channels * s.kernel[2];
    columns.kernel[2] = columns.dilation[2] = 1;
    columns.output[2] = s.input[2];
    columns.before[2] = columns.after[2] = 0;
    return columns;
}

// Calls visit(position in the plain weights, position in those of the columns).
template <class Visit> void eachWeight(const ConvolutionShape &s, const Visit &visit) {
    const int64_t width = s.kernel[2], rows = s.in_channels * s.kernelSize() / width;
    for (int64_t output = 0; output < s.out_channels; output++)
        for (int64_t row = 0; row < rows; row++)
            for (int64_t column = 0; column < width; column++)
                visit((output * rows + row) * width + column,
                      (column * s.out_channels + output) * rows + row);
}

// Calls visit(column, first output, end of the outputs, first input) for the outputs of a row that
// meet the input with a column of the kernel.
template <class Visit> void eachColumn(const ConvolutionShape &s, const Visit &visit) {
    for (int64_t column = 0; column < s.kernel[2]; column++) {
        const int64_t first = s.meets(2, 0, column);
        const int64_t begin = std::max<int64_t>(0, -first);
        visit(column, begin, std::min(s.output[2], s.input[2] - first), first + begin);
    }
}

} // namespace

// Found by measurement on AVX-512 machines.
bool prefersColumns(mt_dtype type, const ConvolutionShape &s) {
    const int64_t channels = s.out_channels * s.kernel[2];
    return type == MT_FLOAT32 && s.groups == 1 && s.stride[2] == 1 && s.kernel[2] >= 3 &&
           s.in_channels >= 16 && s.outputPositions() >= 4096 &&
           ceilDivide(channels, 16) * 2 <= s.kernel[2];
}

void columnsForward(const ConvolutionShape &s, const float *x, const float *weights,
                    const float *bias, bool relu, float *y) {
    const ConvolutionShape columns = columnsOf(s);
    Block arranged(size_t(s.weightCount()) * sizeof(float));
    float *byColumns = static_cast<float *>(arranged.data());
    eachWeight(s, [&](int64_t plain, int64_t place) { byColumns[place] = weights[plain]; });
    Block parts(size_t(columns.outputCount()) * sizeof(float));
    const int64_t out = s.out_channels, all = columns.out_channels;
    for (int64_t image = 0; image < s.batch; image++) {
        convolutionForward(MT_FLOAT32, columns, x + image * s.inputPositions() * s.in_channels,
                           byColumns, 0, nullptr, false, parts.data());
        parallel(s.output[0] * s.output[1], 8, [&](int64_t row) {
            const float *from = static_cast<const float *>(parts.data()) + row * s.input[2] * all;
            float *to = y + (image * s.outputPositions() + row * s.output[2]) * out;
            for (int64_t i = 0; i < s.output[2] * out; i++) to[i] = bias ? bias[i % out] : 0;
            eachColumn(s, [&](int64_t column, int64_t begin, int64_t end, int64_t input) {
                const float *part = from + input * all + column * out;
                for (int64_t i = begin; i < end; i++, part += all)
                    for (int64_t c = 0; c < out; c++) to[i * out + c] += part[c];
            });
            if (relu)
                for (int64_t i = 0; i < s.output[2] * out; i++) to[i] = to[i] < 0 ? 0 : to[i];
        });
    }
}

void columnsBackwardWeights(const ConvolutionShape &s, const float *x, const float *gradY,
                            float *gradWeights, float *gradBias) {
    const ConvolutionShape columns = columnsOf(s);
    Block spread(size_t(columns.outputCount()) * sizeof(float));
    Block sums(size_t(s.weightCount()) * sizeof(float));
    float *grads = static_cast<float *>(spread.data());
    const float *byColumns = static_cast<const float *>(sums.data());
    const int64_t out = s.out_channels, all = columns.out_channels;
    std::fill_n(gradWeights, s.weightCount(), 0.0f);
    for (int64_t image = 0; image < s.batch; image++) {
        parallel(s.output[0] * s.output[1], 8, [&](int64_t row) {
            const float *from = gradY + (image * s.outputPositions() + row * s.output[2]) * out;
            float *to = grads + row * s.input[2] * all;
            std::fill_n(to, s.input[2] * all, 0.0f);
            eachColumn(s, [&](int64_t column, int64_t begin, int64_t end, int64_t input) {
                float *part = to + input * all + column * out;
                for (int64_t i = begin; i < end; i++, part += all)
                    for (int64_t c = 0; c < out; c++) part[c] = from[i * out + c];
            });
        });
        convolutionBackwardWeights(MT_FLOAT32, columns,
                                   x + image * s.inputPositions() * s.in_channels, grads,
                                   static_cast<float *>(sums.data()), nullptr);
        eachWeight(s,
                   [&](int64_t plain, int64_t place) { gradWeights[plain] += byColumns[place]; });
    }
    if (gradBias)
        mt_channel_sum(MT_FLOAT32, s.batch * s.outputPositions(), out, 1, gradY, gradBias);
}

} // namespace martlet
