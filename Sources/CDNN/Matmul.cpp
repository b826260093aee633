// Matrix products.
#include "Matmul.hpp"

#include <algorithm>
#include <cblas.h>

namespace martlet {

namespace {

// Products below this many multiplications run on the caller: waking a thread costs more.
constexpr double smallProduct = 5e5;

// One operand; a batch that it is repeated for has size 1 in oneDNN's terms.
Description operand(Number type, int64_t batch, int64_t rows, int64_t columns, int64_t batchStride,
                    int64_t row, int64_t column) {
    if (batch == 1) return Description({rows, columns}, type, Memory::dims{row, column});
    const bool repeated = batchStride == 0;
    return Description({repeated ? 1 : batch, rows, columns}, type,
                       Memory::dims{repeated ? rows * columns : batchStride, row, column});
}

Plan makePlan(Number operandType, Number resultType, const mt_matmul_shape &shape, bool bias,
              bool relu) {
    Plan plan;
    plan.source = operand(operandType, shape.batch, shape.m, shape.k, shape.a_batch, shape.a_row,
                          shape.a_column);
    plan.weights = operand(operandType, shape.batch, shape.k, shape.n, shape.b_batch, shape.b_row,
                           shape.b_column);
    plan.result = operand(resultType, shape.batch, shape.m, shape.n,
                          std::max<int64_t>(shape.c_batch, 1), shape.c_row, 1);
    if (bias)
        plan.bias = shape.batch == 1 ? Description({1, shape.n}, Number::f32, Tag::ab)
                                     : Description({1, 1, shape.n}, Number::f32, Tag::abc);
    const auto description =
        bias ? dnnl::matmul::desc(plan.source, plan.weights, plan.bias, plan.result)
             : dnnl::matmul::desc(plan.source, plan.weights, plan.result);
    const dnnl::matmul::primitive_desc chosen(description, attributes(relu), engine());
    plan.primitive = dnnl::matmul(chosen);
    plan.scratchpad = chosen.scratchpad_desc();
    return plan;
}

void whole(mt_dtype operandType, mt_dtype resultType, const mt_matmul_shape &shape, const void *a,
           const void *b, const void *bias, bool relu, void *c) {
    Key key;
    key << 'm' << operandType << resultType << shape << (bias != nullptr) << relu;
    const Plans plan = cachedPlan(key, [&] {
        return makePlan(number(operandType), number(resultType), shape, bias != nullptr, relu);
    });
    if (bias) {
        execute(plan->primitive,
                {{DNNL_ARG_SRC, plan->source, a},
                 {DNNL_ARG_WEIGHTS, plan->weights, b},
                 {DNNL_ARG_BIAS, plan->bias, bias},
                 {DNNL_ARG_DST, plan->result, c}},
                &plan->scratchpad);
    } else {
        execute(plan->primitive,
                {{DNNL_ARG_SRC, plan->source, a},
                 {DNNL_ARG_WEIGHTS, plan->weights, b},
                 {DNNL_ARG_DST, plan->result, c}},
                &plan->scratchpad);
    }
}

// Whether oneDNN may cut the sums themselves, by the number of threads: it does for a single
// transposed left operand and long sums.
bool cutsSums(const mt_matmul_shape &shape) {
    return shape.batch == 1 && shape.a_column != 1 && shape.k >= 1024;
}

// The result is cut along its longer side by the sizes alone, each piece a product on one thread.
void inPieces(mt_dtype operandType, mt_dtype resultType, const mt_matmul_shape &shape,
              const void *a, const void *b, const void *bias, bool relu, void *c) {
    const bool byRows = shape.m >= shape.n;
    const int64_t length = byRows ? shape.m : shape.n;
    const int64_t piece = std::max<int64_t>(32, ceilDivide(length, 8 * 16) * 16);
    const int64_t aStep = piece * (operandType == MT_BFLOAT16 ? 2 : 4) * shape.a_row;
    const int64_t bStep = piece * (operandType == MT_BFLOAT16 ? 2 : 4) * shape.b_column;
    const int64_t cStep = piece * (resultType == MT_BFLOAT16 ? 2 : 4) * (byRows ? shape.c_row : 1);
    parallel(ceilDivide(length, piece), 1, [&](int64_t task) {
        ThreadLimit limit(1);
        mt_matmul_shape part = shape;
        (byRows ? part.m : part.n) = std::min(piece, length - task * piece);
        whole(operandType, resultType, part,
              static_cast<const char *>(a) + (byRows ? task * aStep : 0),
              static_cast<const char *>(b) + (byRows ? 0 : task * bStep),
              bias && !byRows ? static_cast<const float *>(bias) + task * piece : bias, relu,
              static_cast<char *>(c) + task * cStep);
    });
}

} // namespace

void product(mt_dtype operandType, mt_dtype resultType, const mt_matmul_shape &shape, const void *a,
             const void *b, const void *bias, bool relu, void *c) {
    const double products =
        double(shape.batch) * double(shape.m) * double(shape.n) * double(shape.k);
    ThreadLimit limit(products < smallProduct ? 1 : availableThreads());
    if (products >= smallProduct && cutsSums(shape))
        inPieces(operandType, resultType, shape, a, b, bias, relu, c);
    else
        whole(operandType, resultType, shape, a, b, bias, relu, c);
}

void product(const mt_matmul_shape &shape, const double *a, const double *b, const double *bias,
             bool relu, double *c) {
    // Of the two strides one is 1. Where both are (a single row or column), the sizes tell which
    // way it lies.
    const bool aTransposed = shape.a_column != 1, bTransposed = shape.b_column != 1;
    const int64_t aLead =
        std::max(aTransposed ? shape.a_column : shape.a_row, aTransposed ? shape.m : shape.k);
    const int64_t bLead =
        std::max(bTransposed ? shape.b_column : shape.b_row, bTransposed ? shape.k : shape.n);
    // Rows are cut by the size alone: OpenBLAS's own threads would change the last bits.
    constexpr int64_t piece = 128;
    const int64_t pieces = ceilDivide(shape.m, piece);
    parallel(shape.batch * pieces, 1, [&](int64_t task) {
        ThreadLimit limit(1);
        const int64_t i = task / pieces, first = task % pieces * piece,
                      rows = std::min(piece, shape.m - first);
        double *to = c + i * shape.c_batch + first * shape.c_row;
        cblas_dgemm(CblasRowMajor, aTransposed ? CblasTrans : CblasNoTrans,
                    bTransposed ? CblasTrans : CblasNoTrans, int(rows), int(shape.n), int(shape.k),
                    1.0, a + i * shape.a_batch + first * (aTransposed ? 1 : shape.a_row),
                    int(aLead), b + i * shape.b_batch, int(bLead), 0.0, to,
                    int(std::max(shape.c_row, shape.n)));
        if (!bias && !relu) return;
        for (int64_t row = 0; row < rows; row++)
            for (int64_t column = 0; column < shape.n; column++) {
                double &value = to[row * shape.c_row + column];
                if (bias) value += bias[column];
                if (relu && value < 0) value = 0;
            }
    });
}

} // namespace martlet
