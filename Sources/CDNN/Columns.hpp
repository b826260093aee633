// Convolutions to few channels.
#ifndef MARTLET_DNN_COLUMNS_HPP
#define MARTLET_DNN_COLUMNS_HPP

#include "Shapes.hpp"

namespace martlet {

// Whether these are faster than oneDNN's convolutions.
bool prefersColumns(mt_dtype type, const ConvolutionShape &shape);

void columnsForward(const ConvolutionShape &shape, const float *x, const float *weights,
                    const float *bias, bool relu, float *y);
void columnsBackwardWeights(const ConvolutionShape &shape, const float *x, const float *gradY,
                            float *gradWeights, float *gradBias);

} // namespace martlet

#endif
