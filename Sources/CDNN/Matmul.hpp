#ifndef MARTLET_DNN_MATMUL_HPP
#define MARTLET_DNN_MATMUL_HPP

#include "Runtime.hpp"

namespace martlet {

// Products in float32 or bfloat16 on oneDNN.
void product(mt_dtype operandType, mt_dtype resultType, const mt_matmul_shape &shape, const void *a,
             const void *b, const void *bias, bool relu, void *c);
// Products in float64 on OpenBLAS.
void product(const mt_matmul_shape &shape, const double *a, const double *b, const double *bias,
             bool relu, double *c);

} // namespace martlet

#endif
