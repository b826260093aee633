// The functions of CDNN.h: each checks what only a defect could get wrong and hands over.
#include "CDNN.h"

#include <stdexcept>

#include "Matmul.hpp"
#include "Shapes.hpp"
#include "Weights.hpp"

using namespace martlet;

namespace {

ConvolutionShape checked(mt_dtype type, const mt_conv_shape *shape) {
  if (type != MT_FLOAT32 && type != MT_BFLOAT16 && type != MT_FLOAT64)
    throw std::invalid_argument("convolution: expected float32, bfloat16 or float64");
  if (shape->groups < 1 || shape->in_channels % shape->groups || shape->out_channels % shape->groups)
    throw std::invalid_argument("convolution: the channels do not divide into " + std::to_string(shape->groups) + " groups");
  if (shape->batch < 1 || shape->out_height < 1 || shape->out_width < 1)
    throw std::invalid_argument("convolution: there is nothing to compute");
  return ConvolutionShape(*shape);
}

} // namespace

extern "C" {

const char *mt_conv_forward(mt_dtype type, const mt_conv_shape *shape, const void *x, const void *weights,
                            uint64_t weights_version, const void *bias, bool relu, void *y) {
  return guarded([&] {
    const ConvolutionShape sizes = checked(type, shape);
    if (type == MT_FLOAT64)
      convolutionForward(sizes, static_cast<const double *>(x), static_cast<const double *>(weights),
                         static_cast<const double *>(bias), relu, static_cast<double *>(y));
    else
      convolutionForward(type, sizes, x, weights, weights_version, bias, relu, y);
  });
}

const char *mt_conv_backward_data(mt_dtype type, const mt_conv_shape *shape, const void *grad_y, const void *weights,
                                  uint64_t weights_version, void *grad_x) {
  return guarded([&] {
    const ConvolutionShape sizes = checked(type, shape);
    if (type == MT_FLOAT64)
      convolutionBackwardData(sizes, static_cast<const double *>(grad_y), static_cast<const double *>(weights),
                              static_cast<double *>(grad_x));
    else
      convolutionBackwardData(type, sizes, grad_y, weights, weights_version, grad_x);
  });
}

const char *mt_conv_backward_weights(mt_dtype type, const mt_conv_shape *shape, const void *x, const void *grad_y,
                                     void *grad_weights, void *grad_bias) {
  return guarded([&] {
    const ConvolutionShape sizes = checked(type, shape);
    if (type == MT_FLOAT64)
      convolutionBackwardWeights(sizes, static_cast<const double *>(x), static_cast<const double *>(grad_y),
                                 static_cast<double *>(grad_weights), static_cast<double *>(grad_bias));
    else
      convolutionBackwardWeights(type, sizes, x, grad_y, static_cast<float *>(grad_weights),
                                 static_cast<float *>(grad_bias));
  });
}

const char *mt_matmul(mt_dtype operand_type, mt_dtype result_type, const mt_matmul_shape *shape, const void *a, const void *b,
                      const void *bias, bool relu, void *c) {
  return guarded([&] {
    const bool single = operand_type == MT_FLOAT32 && result_type == MT_FLOAT32;
    const bool half = operand_type == MT_BFLOAT16 && (result_type == MT_FLOAT32 || result_type == MT_BFLOAT16);
    const bool wide = operand_type == MT_FLOAT64 && result_type == MT_FLOAT64;
    if (!single && !half && !wide) throw std::invalid_argument("matmul: these types do not go together");
    if (shape->batch < 1 || shape->m < 1 || shape->n < 1 || shape->k < 1)
      throw std::invalid_argument("matmul: there is nothing to compute");
    if (wide)
      product(*shape, static_cast<const double *>(a), static_cast<const double *>(b), static_cast<const double *>(bias), relu,
              static_cast<double *>(c));
    else
      product(operand_type, result_type, *shape, a, b, bias, relu, c);
  });
}

bool mt_has_native_bfloat16(void) {
  engine();
  const auto bfloat16 = unsigned(dnnl::cpu_isa::avx512_core_bf16);
  return (unsigned(dnnl::get_effective_cpu_isa()) & bfloat16) == bfloat16;
}

const char *mt_dnn_description(void) {
  static const std::string *text = [] {
    engine();
    const char *name = "other";
    switch (dnnl::get_effective_cpu_isa()) {
    case dnnl::cpu_isa::sse41: name = "sse41"; break;
    case dnnl::cpu_isa::avx: name = "avx"; break;
    case dnnl::cpu_isa::avx2: name = "avx2"; break;
    case dnnl::cpu_isa::avx2_vnni: name = "avx2_vnni"; break;
    case dnnl::cpu_isa::avx512_core: name = "avx512_core"; break;
    case dnnl::cpu_isa::avx512_core_vnni: name = "avx512_core_vnni"; break;
    case dnnl::cpu_isa::avx512_core_bf16: name = "avx512_core_bf16"; break;
    case dnnl::cpu_isa::avx512_core_amx: name = "avx512_core_amx"; break;
    default: break;
    }
    const dnnl::version_t *version = dnnl::version();
    return new std::string("oneDNN " + std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
                           std::to_string(version->patch) + ", isa " + name);
  }();
  return text->c_str();
}

void mt_dnn_clear_cache(void) {
  clearPlans();
  clearWeights();
}

int64_t mt_dnn_cached_primitives(void) { return cachedPlans(); }

} // extern "C"
