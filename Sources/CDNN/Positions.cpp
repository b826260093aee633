// On a 2x2 image a 3x3 kernel meets padding in five of nine places, and oneDNN multiplies it all.
// Here the images of a batch are the rows of a matrix: for an output position and a row of the
// kernel, the inputs under it are contiguous in channels-last order, so each is one product (images
// x inputs) (inputs x outputs) on data as it lies, and padding takes no part. Weights are read in
// the order (out, taps, in). Work is cut by the sizes alone.
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

// The range of the kernel's elements along a dimension that meet the image at an output.
struct Range {
    int64_t begin, end;
    int64_t count() const { return end - begin; }
};

Range elements(const ConvolutionShape &s, int d, int64_t output) {
    const int64_t first = s.meets(d, output, 0), size = s.input[d];
    Range range = {first < 0 ? ceilDivide(-first, s.dilation[d]) : 0,
                   first >= size ? 0 : ceilDivide(size - first, s.dilation[d])};
    range.end = std::min(range.end, s.kernel[d]);
    range.begin = std::min(range.begin, range.end);
    return range;
}

// Calls visit(first input position, first tap, number of taps) for runs of taps whose inputs lie
// one after another.
template <class Visit>
void eachRun(const ConvolutionShape &s, int64_t position, const Visit &visit) {
    const int64_t row = position / s.output[2], column = position % s.output[2];
    const Range planes = elements(s, 0, row / s.output[1]),
                rows = elements(s, 1, row % s.output[1]), columns = elements(s, 2, column);
    if (columns.count() == 0) return;
    const int64_t step = s.dilation[2] == 1 ? columns.count() : 1;
    for (int64_t z = planes.begin; z < planes.end; z++)
        for (int64_t y = rows.begin; y < rows.end; y++)
            for (int64_t x = columns.begin; x < columns.end; x += step) {
                const int64_t tap = (z * s.kernel[1] + y) * s.kernel[2] + x;
                visit(s.inputPosition(position, tap), tap, step);
            }
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
    const Description layout({s.out_channels, s.kernelSize(), s.in_channels}, Number::f32,
                             Tag::abc);
    return preparedWeights(weights, version, Arrangement::taps, layout, [&](void *to) {
        swapTaps(weights, static_cast<float *>(to), s.out_channels, s.in_channels, s.kernelSize());
    });
}

// Channels are cut into pieces of about this many: enough for the product to be efficient.
constexpr int64_t channelPiece = 256;

// The part of the multiplications that padding takes in oneDNN's convolutions.
double usedShare(const ConvolutionShape &s) {
    double used = 1;
    for (int d = 0; d < MT_VOLUME_DIMS; d++) {
        int64_t met = 0;
        for (int64_t i = 0; i < s.output[d]; i++) met += elements(s, d, i).count();
        used *= double(met) / double(s.output[d] * s.kernel[d]);
    }
    return used;
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
        return s.outputPositions() <= 49 || (s.stride[1] > 1 && s.outputPositions() <= 256);
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
        eachRun(s, position, [&](int64_t pixel, int64_t tap, int64_t taps) {
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
        const int64_t count = std::min(piece, in - first);
        float *to = gradX + position * in + first;
        float beta = 0;
        // The outputs that this input takes part in, tap by tap.
        for (int64_t tap = 0; tap < s.kernelSize(); tap++) {
            const int64_t output = s.outputPosition(position, tap);
            if (output < 0) continue;
            multiply(false, false, s.batch, count, out, gradY + output * out, imageY,
                     arranged + tap * in + first, depth, beta, to, imageX);
            beta = 1;
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
            eachRun(s, position, [&](int64_t pixel, int64_t tap, int64_t taps) {
                multiply(true, false, count, taps * in, s.batch, gradY + position * out + first,
                         imageY, x + pixel * in, imageX, 1, arranged + first * depth + tap * in,
                         depth);
            });
    });
    if (arranged != gradWeights) swapTaps(arranged, gradWeights, out, s.kernelSize(), in);
    if (gradBias)
        mt_channel_sum(MT_FLOAT32, s.batch * s.outputPositions(), out, 1, gradY, gradBias);
}

} // namespace martlet
