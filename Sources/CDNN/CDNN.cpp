// The functions of CDNN.h: each checks what only a defect could get wrong and hands over.
#include "CDNN.h"

#include <stdexcept>

#include "Columns.hpp"
#include "Matmul.hpp"
#include "Positions.hpp"
#include "Shapes.hpp"
#include "Weights.hpp"
#include "Winograd.hpp"

using namespace martlet;

namespace {

const int64_t unitStride = 1;

// A float32 view of activations: themselves, or a copy of bfloat16 ones.
class Widened {
public:
    Widened(mt_dtype type, const void *from, int64_t count)
        : data_(static_cast<const float *>(from)) {
        if (type == MT_FLOAT32) return;
        block_.reset(new Block(size_t(count) * sizeof(float)));
        mt_copy(1, &count, MT_FLOAT32, block_->data(), &unitStride, type, from, &unitStride);
        data_ = static_cast<const float *>(block_->data());
    }
    const float *data() const { return data_; }

private:
    std::unique_ptr<Block> block_;
    const float *data_;
};

// Float32 memory whose contents go to `to` at the end of the expression: `to` itself for float32.
class Narrowed {
public:
    Narrowed(mt_dtype type, void *to, int64_t count) : type_(type), to_(to), count_(count) {
        if (type != MT_FLOAT32) block_.reset(new Block(size_t(count) * sizeof(float)));
    }
    ~Narrowed() {
        if (block_)
            mt_copy(1, &count_, type_, to_, &unitStride, MT_FLOAT32, block_->data(), &unitStride);
    }
    Narrowed(const Narrowed &) = delete;
    Narrowed &operator=(const Narrowed &) = delete;
    float *data() const { return static_cast<float *>(block_ ? block_->data() : to_); }

private:
    mt_dtype type_;
    void *to_;
    int64_t count_;
    std::unique_ptr<Block> block_;
};

ConvolutionShape checked(mt_dtype type, const mt_conv_shape *shape) {
    if (type != MT_FLOAT32 && type != MT_BFLOAT16 && type != MT_FLOAT64)
        throw std::invalid_argument("convolution: expected float32, bfloat16 or float64");
    if (shape->groups < 1 || shape->in_channels % shape->groups ||
        shape->out_channels % shape->groups)
        throw std::invalid_argument("convolution: the channels do not divide into " +
                                    std::to_string(shape->groups) + " groups");
    const ConvolutionShape sizes(*shape);
    if (sizes.batch < 1) throw std::invalid_argument("convolution: there is nothing to compute");
    for (int d = 0; d < MT_VOLUME_DIMS; d++) {
        const int64_t room = sizes.input[d] + sizes.before[d] + sizes.after[d] - sizes.reach(d);
        if (room < 1 || sizes.output[d] != (room - 1) / sizes.stride[d] + 1)
            throw std::invalid_argument("convolution: an output of " +
                                        std::to_string(sizes.output[d]) +
                                        " does not follow from the other sizes");
    }
    return sizes;
}

} // namespace

extern "C" {

const char *mt_conv_forward(mt_dtype type, const mt_conv_shape *shape, const void *x,
                            const void *weights, uint64_t weights_version, const void *bias,
                            bool relu, void *y) {
    return guarded([&] {
        const ConvolutionShape sizes = checked(type, shape);
        if (type == MT_FLOAT64)
            convolutionForward(sizes, static_cast<const double *>(x),
                               static_cast<const double *>(weights),
                               static_cast<const double *>(bias), relu, static_cast<double *>(y));
        else if (prefersWinograd(type, sizes, Pass::forward))
            winogradForward(type, sizes, x, static_cast<const float *>(weights), weights_version,
                            static_cast<const float *>(bias), relu, y);
        else if (prefersPositions(type, sizes, Pass::forward))
            positionsForward(sizes, Widened(type, x, sizes.inputCount()).data(),
                             static_cast<const float *>(weights), weights_version,
                             static_cast<const float *>(bias), relu,
                             Narrowed(type, y, sizes.outputCount()).data());
        else if (prefersColumns(type, sizes))
            columnsForward(sizes, static_cast<const float *>(x),
                           static_cast<const float *>(weights), static_cast<const float *>(bias),
                           relu, static_cast<float *>(y));
        else
            convolutionForward(type, sizes, x, weights, weights_version, bias, relu, y);
    });
}

const char *mt_conv_backward_data(mt_dtype type, const mt_conv_shape *shape, const void *grad_y,
                                  const void *weights, uint64_t weights_version, void *grad_x) {
    return guarded([&] {
        const ConvolutionShape sizes = checked(type, shape);
        if (type == MT_FLOAT64)
            convolutionBackwardData(sizes, static_cast<const double *>(grad_y),
                                    static_cast<const double *>(weights),
                                    static_cast<double *>(grad_x));
        else if (prefersWinograd(type, sizes, Pass::backwardData))
            winogradBackwardData(type, sizes, grad_y, static_cast<const float *>(weights),
                                 weights_version, grad_x);
        else if (prefersPositions(type, sizes, Pass::backwardData))
            positionsBackwardData(sizes, Widened(type, grad_y, sizes.outputCount()).data(),
                                  static_cast<const float *>(weights), weights_version,
                                  Narrowed(type, grad_x, sizes.inputCount()).data());
        else
            convolutionBackwardData(type, sizes, grad_y, weights, weights_version, grad_x);
    });
}

const char *mt_conv_backward_weights(mt_dtype type, const mt_conv_shape *shape, const void *x,
                                     const void *grad_y, void *grad_weights, void *grad_bias) {
    return guarded([&] {
        const ConvolutionShape sizes = checked(type, shape);
        if (type == MT_FLOAT64)
            convolutionBackwardWeights(
                sizes, static_cast<const double *>(x), static_cast<const double *>(grad_y),
                static_cast<double *>(grad_weights), static_cast<double *>(grad_bias));
        else if (prefersWinograd(type, sizes, Pass::backwardWeights))
            winogradBackwardWeights(type, sizes, x, grad_y, static_cast<float *>(grad_weights),
                                    static_cast<float *>(grad_bias));
        else if (prefersPositions(type, sizes, Pass::backwardWeights))
            positionsBackwardWeights(sizes, Widened(type, x, sizes.inputCount()).data(),
                                     Widened(type, grad_y, sizes.outputCount()).data(),
                                     static_cast<float *>(grad_weights),
                                     static_cast<float *>(grad_bias));
        else if (prefersColumns(type, sizes))
            columnsBackwardWeights(
                sizes, static_cast<const float *>(x), static_cast<const float *>(grad_y),
                static_cast<float *>(grad_weights), static_cast<float *>(grad_bias));
        else
            convolutionBackwardWeights(type, sizes, x, grad_y, static_cast<float *>(grad_weights),
                                       static_cast<float *>(grad_bias));
    });
}

const char *mt_matmul(mt_dtype operand_type, mt_dtype result_type, const mt_matmul_shape *shape,
                      const void *a, const void *b, const void *bias, bool relu, void *c) {
    return guarded([&] {
        const bool single = operand_type == MT_FLOAT32 && result_type == MT_FLOAT32;
        const bool half = operand_type == MT_BFLOAT16 &&
                          (result_type == MT_FLOAT32 || result_type == MT_BFLOAT16);
        const bool wide = operand_type == MT_FLOAT64 && result_type == MT_FLOAT64;
        if (!single && !half && !wide)
            throw std::invalid_argument("matmul: these types do not go together");
        if (shape->batch < 1 || shape->m < 1 || shape->n < 1 || shape->k < 1)
            throw std::invalid_argument("matmul: there is nothing to compute");
        if (wide)
            product(*shape, static_cast<const double *>(a), static_cast<const double *>(b),
                    static_cast<const double *>(bias), relu, static_cast<double *>(c));
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
        return new std::string("oneDNN " + std::to_string(version->major) + "." +
                               std::to_string(version->minor) + "." +
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
