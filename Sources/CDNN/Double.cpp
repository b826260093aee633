// Double precision convolutions: each image's patches as a matrix, products on OpenBLAS.
#include <algorithm>
#include <cblas.h>
#include <vector>

#include "Shapes.hpp"

namespace martlet {

namespace {

// Calls visit(position, place in a patch, element of the image) for the cells of all patches that
// lie inside.
template <class Visit>
void eachCell(const ConvolutionShape &shape, int64_t group, const Visit &visit) {
    const int64_t inputs = shape.groupInputs(), taps = shape.kernelSize();
    for (int64_t position = 0; position < shape.outputPositions(); position++)
        for (int64_t tap = 0; tap < taps; tap++) {
            const int64_t met = shape.inputPosition(position, tap);
            if (met < 0) continue;
            const int64_t first = met * shape.in_channels + group * inputs;
            for (int64_t c = 0; c < inputs; c++) visit(position, c * taps + tap, first + c);
        }
}

// Runs work(image, group, patches) with the sizes of one product.
template <class Work> void eachGroup(const ConvolutionShape &shape, const Work &work) {
    ThreadLimit limit(1); // OpenBLAS's own threads would change the last bits
    std::vector<double> patches(
        size_t(shape.outputPositions() * shape.groupInputs() * shape.kernelSize()));
    for (int64_t image = 0; image < shape.batch; image++)
        for (int64_t group = 0; group < shape.groups; group++) {
            std::fill(patches.begin(), patches.end(), 0.0);
            work(image, group, patches.data());
        }
}

} // namespace

void convolutionForward(const ConvolutionShape &shape, const double *x, const double *weights,
                        const double *bias, bool relu, double *y) {
    const int64_t depth = shape.groupInputs() * shape.kernelSize(), outputs = shape.groupOutputs();
    const int64_t positions = shape.outputPositions();
    eachGroup(shape, [&](int64_t image, int64_t group, double *patches) {
        const double *from = x + image * shape.inputPositions() * shape.in_channels;
        eachCell(shape, group,
                 [&](int64_t p, int64_t k, int64_t i) { patches[p * depth + k] = from[i]; });
        double *to = y + image * positions * shape.out_channels + group * outputs;
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, int(positions), int(outputs),
                    int(depth), 1.0, patches, int(depth), weights + group * outputs * depth,
                    int(depth), 0.0, to, int(shape.out_channels));
        for (int64_t p = 0; p < positions; p++)
            for (int64_t o = 0; o < outputs; o++) {
                double &value = to[p * shape.out_channels + o];
                if (bias) value += bias[group * outputs + o];
                if (relu && value < 0) value = 0;
            }
    });
}

void convolutionBackwardData(const ConvolutionShape &shape, const double *gradY,
                             const double *weights, double *gradX) {
    const int64_t depth = shape.groupInputs() * shape.kernelSize(), outputs = shape.groupOutputs();
    std::fill(gradX, gradX + shape.inputCount(), 0.0);
    eachGroup(shape, [&](int64_t image, int64_t group, double *patches) {
        const double *from =
            gradY + image * shape.outputPositions() * shape.out_channels + group * outputs;
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, int(shape.outputPositions()),
                    int(depth), int(outputs), 1.0, from, int(shape.out_channels),
                    weights + group * outputs * depth, int(depth), 0.0, patches, int(depth));
        double *to = gradX + image * shape.inputPositions() * shape.in_channels;
        eachCell(shape, group,
                 [&](int64_t p, int64_t k, int64_t i) { to[i] += patches[p * depth + k]; });
    });
}

void convolutionBackwardWeights(const ConvolutionShape &shape, const double *x, const double *gradY,
                                double *gradWeights, double *gradBias) {
    const int64_t depth = shape.groupInputs() * shape.kernelSize(), outputs = shape.groupOutputs();
    std::fill(gradWeights, gradWeights + shape.weightCount(), 0.0);
    eachGroup(shape, [&](int64_t image, int64_t group, double *patches) {
        const double *from = x + image * shape.inputPositions() * shape.in_channels;
        eachCell(shape, group,
                 [&](int64_t p, int64_t k, int64_t i) { patches[p * depth + k] = from[i]; });
        const double *grad =
            gradY + image * shape.outputPositions() * shape.out_channels + group * outputs;
        cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, int(outputs), int(depth),
                    int(shape.outputPositions()), 1.0, grad, int(shape.out_channels), patches,
                    int(depth), 1.0, gradWeights + group * outputs * depth, int(depth));
    });
    if (!gradBias) return;
    std::fill(gradBias, gradBias + shape.out_channels, 0.0);
    for (int64_t row = 0; row < shape.batch * shape.outputPositions(); row++)
        for (int64_t o = 0; o < shape.out_channels; o++)
            gradBias[o] += gradY[row * shape.out_channels + o];
}

} // namespace martlet
