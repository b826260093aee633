// Convolutions with 3x3 kernels by Winograd's algorithm.
#ifndef MARTLET_DNN_WINOGRAD_HPP
#define MARTLET_DNN_WINOGRAD_HPP

#include "Shapes.hpp"

namespace martlet {

// Whether these are faster than the other ways.
bool prefersWinograd(mt_dtype type, const ConvolutionShape &shape, Pass pass);

void winogradForward(mt_dtype type, const ConvolutionShape &shape, const void *x,
                     const float *weights, uint64_t version, const float *bias, bool relu, void *y);
void winogradBackwardData(mt_dtype type, const ConvolutionShape &shape, const void *gradY,
                          const float *weights, uint64_t version, void *gradX);
void winogradBackwardWeights(mt_dtype type, const ConvolutionShape &shape, const void *x,
                             const void *gradY, float *gradWeights, float *gradBias);

} // namespace martlet

#endif
