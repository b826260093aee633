// On a 2x2 image a 3x3 kernel meets padding in five of nine places, and oneDNN multiplies it all.
// Here the images of a batch are the rows of a matrix: for an output position and a row of the
// kernel, the inputs under it are contiguous in channels-last order, so each is one product (images
// x inputs) (inputs x outputs) on data as it lies, and padding takes no part. Weights are read in
// the order (out, height, width, in). Work is cut by the sizes alone.
#include "Positions.hpp"

#include <algorithm>
#include <cstring>

#include "Weights.hpp"

namespace martlet {

namespace {

// C (m, n) = A (m, k) B (k, n) + beta C on the calling thread, row-major; either operand may be
// transposed.
void multiply(bool transposeA, bool transposeB, int64_t m, int64_t n, int64_t k, const float *a,
              int64_t aLead, const float *b, int64_t bLead, float beta, float *c, int64_t cLead) {
    const dnnl_status_t status = dnnl_sgemm(transposeA ? 'T' : 'N', transposeB ? 'T' : 'N', m, n, k,
                                            1.0f, a, aLead, b, bLead, beta, c, cLead);
    dnnl::error::wrap_c_api(status, "cannot multiply matrices");
}

// The range of kernel columns (or rows) that meet the image at an output position.
struct Range {
    int64_t begin, end;
    int64_t count() const { return end - begin; }
};

Range taps(int64_t output, int64_t kernel, int64_t stride, int64_t pad, int64_t dilation,
           int64_t size) {
    const int64_t first = output * stride - pad;
    Range range = {first < 0 ? ceilDivide(-first, dilation) : 0,
                   first >= size ? 0 : ceilDivide(size - first, dilation)};
    range.end = std::min(range.end, kernel);
    range.begin = std::min(range.begin, range.end);
    return range;
}

Range rowTaps(const ConvolutionShape &s, int64_t y) {
    return taps(y, s.kernel_height, s.stride_height, s.pad_top, s.dilation_height, s.in_height);
}

Range columnTaps(const ConvolutionShape &s, int64_t x) {
    return taps(x, s.kernel_width, s.stride_width, s.pad_left, s.dilation_width, s.in_width);
}

// Calls visit(first input pixel, first tap, number of taps) for runs of taps whose inputs lie one
// after another.
template <class Visit>
void eachRun(const ConvolutionShape &s, int64_t y, int64_t x, const Visit &visit) {
    const Range rows = rowTaps(s, y), columns = columnTaps(s, x);
    if (columns.count() == 0) return;
    const int64_t step = s.dilation_width == 1 ? columns.count() : 1;
    for (int64_t ky = rows.begin; ky < rows.end; ky++)
        for (int64_t kx = columns.begin; kx < columns.end; kx += step)
            visit(s.inputRow(y, ky) * s.in_width + s.inputColumn(x, kx), ky * s.kernel_width + kx,
                  step);
}

// (out, in, taps) to (out, taps, in), or back.
void swapTaps(const float *from, float *to, int64_t outputs, int64_t rows, int64_t columns) {
    parallel(outputs, 4, [&](int64_t output) {
        const float *source = from + output * rows * columns;
        float *target = to + output * rows * columns;
        for (int64_t row = 0; row < rows; row++)
            for (int64_t column = 0; column < columns; column++)
                target[column * rows + row] = source[row * columns + column];
    });
}

PreparedWeights byTaps(const ConvolutionShape &s, const float *weights, uint64_t version) {
    const Description layout({s.out_channels, s.in_channels, s.kernel_height, s.kernel_width},
                             Number::f32, Tag::ohwi);
    return preparedWeights(weights, version, Arrangement::taps, layout, [&](void *to) {
        swapTaps(weights, static_cast<float *>(to), s.out_channels, s.in_channels, s.kernelSize());
    });
}

// Channels are cut into pieces of about this many: enough for the product to be efficient.
constexpr int64_t channelPiece = 256;

// The part of the multiplications that padding takes in oneDNN's convolutions.
double usedShare(const ConvolutionShape &s) {
    int64_t rows = 0, columns = 0;
    for (int64_t y = 0; y < s.out_height; y++) rows += rowTaps(s, y).count();
    for (int64_t x = 0; x < s.out_width; x++) columns += columnTaps(s, x).count();
    return double(rows) * double(columns) / double(s.outputPositions() * s.kernelSize());
}

// Channels and images enough for products to be worth their while.
bool suits(const ConvolutionShape &s) {
    return s.groups == 1 && s.batch >= 32 && std::min(s.in_channels, s.out_channels) >= 32;
}

} // namespace

// Found by measurement on AVX-512 machines.
bool prefersPositions(mt_dtype type, const ConvolutionShape &s, Pass pass) {
    if (!suits(s)) return false;
    // One oneDNN implementation among those for 1x1 kernels is slow: few rows for many channels.
    if (s.kernelSize() == 1)
        return type == MT_FLOAT32 && pass == Pass::backwardWeights && s.outputPositions() <= 4 &&
               s.batch <= 256;
    // bfloat16 is widened for it, which only pays where padding is the most of the work.
    if (type == MT_BFLOAT16) return usedShare(s) < 0.5;
    switch (pass) {
    case Pass::forward: return s.outputPositions() <= 16;
    case Pass::backwardData: return s.outputPositions() <= 64;
    case Pass::backwardWeights:
        return s.outputPositions() <= 49 || (s.stride_height > 1 && s.outputPositions() <= 256);
    }
    return false;
}

void positionsForward(const ConvolutionShape &s, const float *x, const float *weights,
                      uint64_t version, const float *bias, bool relu, float *y) {
    const PreparedWeights prepared = byTaps(s, weights, version);
    const float *arranged = static_cast<const float *>(prepared.data);
    const int64_t in = s.in_channels, out = s.out_channels, depth = s.kernelSize() * in;
    const int64_t imageX = s.inputPositions() * in, imageY = s.outputPositions() * out;
    const int64_t pieces = ceilDivide(out, channelPiece), piece = ceilDivide(out, pieces);
    parallel(s.outputPositions() * pieces, 1, [&](int64_t task) {
        ThreadLimit limit(1);
        // All positions of a piece of the channels follow one another: they share weights.
        const int64_t position = task % s.outputPositions(),
                      first = task / s.outputPositions() * piece;
        const int64_t count = std::min(piece, out - first);
        float *to = y + position * out + first;
        float beta = 0;
        eachRun(s, position / s.out_width, position % s.out_width,
                [&](int64_t pixel, int64_t tap, int64_t taps) {
                    multiply(false, true, s.batch, count, taps * in, x + pixel * in, imageX,
                             arranged + first * depth + tap * in, depth, beta, to, imageY);
                    beta = 1;
                });
        for (int64_t image = 0; image < s.batch; image++) {
            float *row = to + image * imageY;
            if (beta == 0) std::fill(row, row + count, 0.0f);
            if (bias)
                for (int64_t c = 0; c < count; c++) row[c] += bias[first + c];
            if (relu)
                for (int64_t c = 0; c < count; c++) row[c] = row[c] < 0 ? 0 : row[c];
        }
    });
}

void positionsBackwardData(const ConvolutionShape &s, const float *gradY, const float *weights,
                           uint64_t version, float *gradX) {
    const PreparedWeights prepared = byTaps(s, weights, version);
    const float *arranged = static_cast<const float *>(prepared.data);
    const int64_t in = s.in_channels, out = s.out_channels, depth = s.kernelSize() * in;
    const int64_t imageX = s.inputPositions() * in, imageY = s.outputPositions() * out;
    const int64_t pieces = ceilDivide(in, channelPiece), piece = ceilDivide(in, pieces);
    parallel(s.inputPositions() * pieces, 1, [&](int64_t task) {
        ThreadLimit limit(1);
        const int64_t position = task % s.inputPositions(),
                      first = task / s.inputPositions() * piece;
        const int64_t row = position / s.in_width, column = position % s.in_width;
        const int64_t count = std::min(piece, in - first);
        float *to = gradX + position * in + first;
        float beta = 0;
        // The outputs that this input takes part in, tap by tap.
        for (int64_t ky = 0; ky < s.kernel_height; ky++) {
            const int64_t top = row + s.pad_top - ky * s.dilation_height;
            if (top < 0 || top % s.stride_height || top / s.stride_height >= s.out_height) continue;
            for (int64_t kx = 0; kx < s.kernel_width; kx++) {
                const int64_t left = column + s.pad_left - kx * s.dilation_width;
                if (left < 0 || left % s.stride_width || left / s.stride_width >= s.out_width)
                    continue;
                const int64_t output = top / s.stride_height * s.out_width + left / s.stride_width;
                const int64_t tap = ky * s.kernel_width + kx;
                multiply(false, false, s.batch, count, out, gradY + output * out, imageY,
                         arranged + tap * in + first, depth, beta, to, imageX);
                beta = 1;
            }
        }
        if (beta == 0)
            for (int64_t image = 0; image < s.batch; image++)
                std::fill_n(to + image * imageX, count, 0.0f);
    });
}

void positionsBackwardWeights(const ConvolutionShape &s, const float *x, const float *gradY,
                              float *gradWeights, float *gradBias) {
    const int64_t in = s.in_channels, out = s.out_channels, depth = s.kernelSize() * in;
    const int64_t imageX = s.inputPositions() * in, imageY = s.outputPositions() * out;
    float *arranged = gradWeights;
    if (s.kernelSize() > 1)
        arranged = static_cast<float *>(
            scratch(Scratch::weights, size_t(s.weightCount()) * sizeof(float)));
    const int64_t pieces = ceilDivide(out, 64), piece = ceilDivide(out, pieces);
    parallel(pieces, 1, [&](int64_t task) {
        ThreadLimit limit(1);
        const int64_t first = task * piece, count = std::min(piece, out - first);
        std::fill_n(arranged + first * depth, count * depth, 0.0f);
        for (int64_t position = 0; position < s.outputPositions(); position++)
            eachRun(s, position / s.out_width, position % s.out_width,
                    [&](int64_t pixel, int64_t tap, int64_t taps) {
                        multiply(true, false, count, taps * in, s.batch,
                                 gradY + position * out + first, imageY, x + pixel * in, imageX, 1,
                                 arranged + first * depth + tap * in, depth);
                    });
    });
    if (arranged != gradWeights) swapTaps(arranged, gradWeights, out, s.kernelSize(), in);
    if (gradBias)
        mt_channel_sum(MT_FLOAT32, s.batch * s.outputPositions(), out, 1, gradY, gradBias);
}

} // namespace martlet
