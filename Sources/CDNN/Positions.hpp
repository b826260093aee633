// Convolutions of small images as products of matrices, one an output position.
#ifndef MARTLET_DNN_POSITIONS_HPP
#define MARTLET_DNN_POSITIONS_HPP

#include "Shapes.hpp"

namespace martlet {

// Whether these are faster than oneDNN's convolutions.
bool prefersPositions(mt_dtype type, const ConvolutionShape &shape, Pass pass);

// On float32 activations.
void positionsForward(const ConvolutionShape &shape, const float *x, const float *weights,
                      uint64_t version, const float *bias, bool relu, float *y);
void positionsBackwardData(const ConvolutionShape &shape, const float *gradY, const float *weights,
                           uint64_t version, float *gradX);
void positionsBackwardWeights(const ConvolutionShape &shape, const float *x, const float *gradY,
                              float *gradWeights, float *gradBias);

} // namespace martlet

#endif
