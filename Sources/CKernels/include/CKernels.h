// The vector kernels that no library has, the thread pool every kernel runs on, and the caching
// allocator.
//
// Plain pointers, sizes and strides in; nothing here allocates memory that the caller cannot see,
// nothing fails: the Swift side has checked every shape and type. Strides count elements, not
// bytes, and may be zero (broadcast) or negative (flip). Reductions split their work into chunks
// that depend on the sizes alone, never on the number of threads, and add the chunks up in order,
// so results do not depend on how many threads there are.
#ifndef MARTLET_KERNELS_H
#define MARTLET_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Element types; the Swift `DType` has these raw values.
typedef enum {
    MT_FLOAT32 = 0,
    MT_FLOAT64 = 1,
    MT_FLOAT16 = 2,
    MT_BFLOAT16 = 3,
    MT_INT64 = 4,
    MT_INT32 = 5,
    MT_UINT8 = 6,
    MT_BOOL = 7,
} mt_dtype;

enum { MT_MAX_DIMS = 16 };
enum { MT_VOLUME_DIMS = 3 }; // depth, height, width

// ---- Thread pool (libgomp's, which oneDNN and OpenBLAS use too)

// The number of threads that kernels use; the default is the number of processors this process may
// run on.
int mt_thread_count(void);
void mt_set_thread_count(int count);

// Calls body(begin, end, context) for disjoint ranges that cover 0..<count, each at least `grain`
// long (but the last), on the pool. Runs on the caller alone when count <= grain. Nested calls run
// on the caller.
typedef void (*mt_body)(int64_t begin, int64_t end, void *context);
void mt_parallel(int64_t count, int64_t grain, mt_body body, void *context);

// Switches of this thread; what they mean is the Swift side's.
uint32_t mt_thread_flags(void);
void mt_set_thread_flags(uint32_t flags);

// ---- Memory

// 64-byte aligned blocks from a cache of freed ones; blocks of 2 MiB and more ask for huge pages.
// NULL when the system has no memory left (after the cache has been given back once). Thread-safe.
void *mt_allocate(size_t bytes);
// The same, for blocks that may be larger than asked for: `size` is how large.
void *mt_allocate_nearby(size_t bytes, size_t *size);
// `bytes` is the size that was asked for, or that a block is said to have.
void mt_deallocate(void *block, size_t bytes);
size_t mt_memory_in_use(void); // bytes handed out now
size_t mt_memory_peak(void);   // the most ever handed out
size_t mt_memory_cached(void); // bytes kept for reuse
void mt_memory_release(void);  // gives the cached blocks back to the system

// ---- Copy, fill

// dst[i] = cast(src[i]) over an n-dimensional index space. Casts are C's, but: to bool is "not
// zero"; float to integer saturates and takes NaN to 0; float32 to bfloat16/float16 rounds to
// nearest even.
void mt_copy(int ndim, const int64_t *shape, mt_dtype dst_type, void *dst,
             const int64_t *dst_strides, mt_dtype src_type, const void *src,
             const int64_t *src_strides);
// Fills a contiguous block; `integer` is used for integer and bool types, `real` for the others.
void mt_fill(mt_dtype type, int64_t count, void *dst, double real, int64_t integer);
// dst[i] = start + i * step.
void mt_arange(mt_dtype type, int64_t count, void *dst, double start, double step);

// ---- Element-wise

// Floating types only unless said. float16 and bfloat16 compute in float32. p and q are the
// operation's parameters.
typedef enum {
    MT_NEG,    // every type but bool
    MT_ABS,    // every type but bool
    MT_SIGN,   // every type but bool; NaN to 0
    MT_SQUARE, // every type but bool
    MT_EXP,
    MT_EXPM1,
    MT_LOG,
    MT_LOG1P,
    MT_LOG2,
    MT_LOG10,
    MT_SQRT,
    MT_RSQRT,
    MT_RECIPROCAL,
    MT_SIN,
    MT_COS,
    MT_TAN,
    MT_ASIN,
    MT_ACOS,
    MT_ATAN,
    MT_SINH,
    MT_COSH,
    MT_TANH,
    MT_ASINH,
    MT_ACOSH,
    MT_ATANH,
    MT_ERF,
    MT_ERFC,
    MT_FLOOR,
    MT_CEIL,
    MT_ROUND /* half to even */,
    MT_TRUNC,
    MT_FRAC,
    MT_EXP2,
    MT_LGAMMA,
    MT_DIGAMMA,
    MT_TRIGAMMA,
    MT_ERFINV,
    MT_SIGMOID,
    MT_LOGSIGMOID,
    MT_SOFTPLUS /* p = beta, q = threshold */,
    MT_SOFTSIGN,
    MT_RELU /* every type */,
    MT_RELU6,
    MT_LEAKY_RELU /* p = slope */,
    MT_ELU /* p = alpha */,
    MT_SELU,
    MT_GELU /* erf form */,
    MT_GELU_TANH,
    MT_SILU,
    MT_MISH,
    MT_HARDSIGMOID,
    MT_HARDSWISH,
    MT_HARDTANH /* p = min, q = max */,
    MT_CLAMP /* p = min, q = max, every type; propagates NaN */,
    MT_CELU /* p = alpha */,
    MT_HARDSHRINK /* p = lambda */,
    MT_SOFTSHRINK /* p = lambda */,
    MT_THRESHOLD /* p = threshold, q = value */,
    MT_LOGICAL_NOT, // every type to bool
    MT_ISNAN,
    MT_ISINF,
    MT_ISFINITE, // every type to bool
} mt_unary_op;

// For the operations "to bool" dst is bool, for the others dst has the same type as src.
void mt_unary(mt_unary_op op, mt_dtype type, int ndim, const int64_t *shape, void *dst,
              const int64_t *dst_strides, const void *src, const int64_t *src_strides, double p,
              double q);

typedef enum {
    MT_ADD,
    MT_SUB,
    MT_MUL, // every type (bool: or, xor, and)
    MT_DIV, // floating types; true division
    MT_FLOOR_DIV,
    MT_REMAINDER, // sign of the divisor, as Python's; integer division by zero gives 0
    MT_TRUNC_DIV,
    MT_FMOD, // sign of the dividend, as C's
    MT_POW, // every type but bool; integer powers by squaring, negative exponents as C's truncation
            // of the real power
    MT_MAXIMUM,
    MT_MINIMUM, // propagate NaN
    MT_ATAN2,
    MT_HYPOT,
    MT_COPYSIGN,    // floating types
    MT_GAMMA_SLOPE, // floating types; how a sample y of a gamma distribution moves with its shape x
    MT_AND,
    MT_OR,
    MT_XOR, // bitwise, integer and bool types
    MT_SHIFT_LEFT,
    MT_SHIFT_RIGHT, // integer types; 0 (or -1 for negative numbers) beyond the width
    MT_EQ,
    MT_NE,
    MT_LT,
    MT_LE,
    MT_GT,
    MT_GE, // to bool
    // Gradients of the activations: a = gradient of the output, b = the output where that is
    // enough, else the input.
    MT_RELU_GRAD /* b = output */,
    MT_RELU6_GRAD /* output */,
    MT_LEAKY_RELU_GRAD /* input; p */,
    MT_ELU_GRAD /* input; p */,
    MT_SELU_GRAD /* input */,
    MT_GELU_GRAD /* input */,
    MT_GELU_TANH_GRAD /* input */,
    MT_SILU_GRAD /* input */,
    MT_MISH_GRAD /* input */,
    MT_HARDSIGMOID_GRAD /* input */,
    MT_HARDSWISH_GRAD /* input */,
    MT_HARDTANH_GRAD /* input; p, q */,
    MT_SIGMOID_GRAD /* output */,
    MT_TANH_GRAD /* output */,
    MT_LOGSIGMOID_GRAD /* input */,
    MT_SOFTPLUS_GRAD /* input; p, q */,
    MT_ADD_RELU, // max(a + b, 0)
    MT_CELU_GRAD /* input; p */,
    MT_SHRINK_GRAD /* input; p */,
    MT_THRESHOLD_GRAD /* input; p */,
    MT_PRELU, // a > 0 ? a : a * b
} mt_binary_op;

// Both operands have `type`; the comparisons write bool, the others `type`.
void mt_binary(mt_binary_op op, mt_dtype type, int ndim, const int64_t *shape, void *dst,
               const int64_t *dst_strides, const void *a, const int64_t *a_strides, const void *b,
               const int64_t *b_strides, double p, double q);

// dst = condition ? a : b; condition is bool.
void mt_where(mt_dtype type, int ndim, const int64_t *shape, void *dst, const int64_t *dst_strides,
              const bool *condition, const int64_t *condition_strides, const void *a,
              const int64_t *a_strides, const void *b, const int64_t *b_strides);

typedef enum {
    MT_LERP,    // a + c (b - a)
    MT_ADDCMUL, // a + p b c
    MT_ADDCDIV, // a + p b / c
} mt_ternary_op;

// float32 and float64.
void mt_ternary(mt_ternary_op op, mt_dtype type, int ndim, const int64_t *shape, void *dst,
                const int64_t *dst_strides, const void *a, const int64_t *a_strides, const void *b,
                const int64_t *b_strides, const void *c, const int64_t *c_strides, double p);

// dst += alpha * src for contiguous blocks of the same floating type.
void mt_axpy(mt_dtype type, int64_t count, double alpha, const void *src, void *dst);

// ---- Reductions

typedef enum {
    MT_SUM,      // float16/bfloat16 accumulate in float32; integer and bool types write int64
    MT_PROD,     // likewise
    MT_NORM,     // floating types: the square root of the sum of squares
    MT_VARIANCE, // floating types: the sum of squared distances from the mean
    MT_MAX,
    MT_MIN, // every type; propagate NaN
    MT_ARGMAX,
    MT_ARGMIN, // write int64, the first of equals, NaN wins; over the flattened reduced dimensions
               // in order
    MT_ANY,
    MT_ALL,       // write bool
    MT_LOGSUMEXP, // floating types; -inf for a row of -inf
} mt_reduce_op;

// Reduces the dimensions d whose bit is set in `reduced`. dst is contiguous over the kept
// dimensions in order. Sums and variances of floating types are multiplied by `scale`. Zero
// elements reduced: sum 0, prod 1, any false, all true, logsumexp -inf; the others are never asked
// for.
void mt_reduce(mt_reduce_op op, mt_dtype type, int ndim, const int64_t *shape,
               const int64_t *strides, uint64_t reduced, double scale, const void *src, void *dst);

// Over the middle of a contiguous (outer, count, inner) block. cumulative sum or product (op =
// MT_SUM or MT_PROD), same type.
void mt_cumulative(mt_reduce_op op, mt_dtype type, int64_t outer, int64_t count, int64_t inner,
                   const void *src, void *dst);
// The greatest or least element so far, and where it is, the last of equals; NaN beats all.
void mt_cumulative_extremes(mt_dtype type, int64_t outer, int64_t count, int64_t inner,
                            bool greatest, const void *src, void *values, int64_t *places);
// log of the sums of e^x so far. Floating types.
void mt_log_cumulative(mt_dtype type, int64_t outer, int64_t count, int64_t inner, const void *src,
                       void *dst);
// Stable sort along the middle; values and int64 indices are (outer, count, inner) too. NaN sorts
// as the greatest.
void mt_sort(mt_dtype type, int64_t outer, int64_t count, int64_t inner, bool descending,
             const void *src, void *values, int64_t *indices);
// The k greatest (or least), sorted, the first of equals first; outputs are (outer, k, inner).
void mt_topk(mt_dtype type, int64_t outer, int64_t count, int64_t inner, int64_t k, bool largest,
             const void *src, void *values, int64_t *indices);
// What would be at n ranks (from 0) of mt_sort, without sorting; outputs are (outer, n, inner).
// With nan_wins the first NaN, if there is one, is at all of them.
void mt_select(mt_dtype type, int64_t outer, int64_t count, int64_t inner, int64_t n,
               const int64_t *ranks, bool nan_wins, const void *src, void *values,
               int64_t *indices);
// The most frequent element, the least of several, and its last place; outputs are (outer, 1,
// inner).
void mt_mode(mt_dtype type, int64_t outer, int64_t count, int64_t inner, const void *src,
             void *values, int64_t *indices);
// The different elements in order (every NaN is), how often each occurs, and which of them each
// element is; returns how many there are. There is room for `count` of all.
int64_t mt_unique(mt_dtype type, int64_t count, const void *src, void *values, int64_t *inverse,
                  int64_t *counts);

// Where each of `count` values in each row would go into the row's sorted numbers (rows, length) -
// or the same ones for all rows -, before equal ones or, with right, after them. float32, float64
// and int64.
void mt_search_sorted(mt_dtype type, int64_t rows, int64_t length, int64_t count, bool shared,
                      bool right, const void *sorted, const void *values, int64_t *places);

// ---- Counting

// The least and the greatest of at least one number.
void mt_limits(int64_t count, const int64_t *src, int64_t *least, int64_t *most);
// How often each of 0 ..< length occurs; nothing else may.
void mt_bincount(int64_t count, const int64_t *src, int64_t length, int64_t *counts);
// How many elements are in each of `bins` equal parts of low ... high (PyTorch's histc). Floating
// types.
void mt_histogram(mt_dtype type, int64_t count, const void *src, int64_t bins, double low,
                  double high, int64_t *counts);
int64_t mt_count_nonzero(mt_dtype type, int64_t count, const void *src);
// The coordinates (n, ndim) of the n elements of a contiguous block that are true.
void mt_nonzero(int ndim, const int64_t *shape, const bool *flags, int64_t *dst);
// The elements of a contiguous block where the mask is true.
void mt_masked_select(mt_dtype type, int64_t count, const bool *mask, const void *src, void *dst);

// ---- Indexing
// Indices have been checked to lie in 0..<the dimension, but see mt_first_out_of_range.

// The position of the first index outside 0..<limit, or -1.
int64_t mt_first_out_of_range(int64_t count, const int64_t *indices, int64_t limit);
// dst (outer, n, inner) = src (outer, count, inner) taken at indices[n] along the middle.
void mt_index_select(mt_dtype type, int64_t outer, int64_t count, int64_t inner, int64_t n,
                     const int64_t *indices, const void *src, void *dst);
// dst (outer, count, inner) += src (outer, n, inner) at indices[n]; in order, whatever the number
// of threads.
void mt_index_add(mt_dtype type, int64_t outer, int64_t count, int64_t inner, int64_t n,
                  const int64_t *indices, const void *src, void *dst);
// dst is src on and above the diagonal `diagonal` above the main one of each (rows, columns), or on
// and below it, and 0 elsewhere.
void mt_triangle(mt_dtype type, int64_t batch, int64_t rows, int64_t columns, int64_t diagonal,
                 bool upper, const void *src, void *dst);
// c (m, n) = a (m, k) b (k, n), each with steps from row to row and from column to column, where
// that is small and the type float32 or float64; else does nothing and returns false.
bool mt_small_product(mt_dtype type, int64_t m, int64_t n, int64_t k, const void *a, int64_t a_row,
                      int64_t a_column, const void *b, int64_t b_row, int64_t b_column, void *c,
                      int64_t c_row);
// Like torch.gather along the middle: dst, indices (outer, n, inner), src (outer, count, inner).
void mt_gather(mt_dtype type, int64_t outer, int64_t count, int64_t inner, int64_t n,
               const int64_t *indices, const void *src, void *dst);
// Like torch.scatter_add along the middle: dst (outer, count, inner) = base + src at indices, both
// (outer, n, inner). The base may be dst itself.
void mt_scatter_add(mt_dtype type, int64_t outer, int64_t count, int64_t inner, int64_t n,
                    const int64_t *indices, const void *src, const void *base, void *dst);
// Like torch.scatter: the last of equal indices wins.
void mt_scatter(mt_dtype type, int64_t outer, int64_t count, int64_t inner, int64_t n,
                const int64_t *indices, const void *src, const void *base, void *dst);
// Like torch.scatter_reduce with prod, amax or amin (MT_PROD, MT_MAX, MT_MIN), dst taking part.
void mt_scatter_reduce(mt_reduce_op op, mt_dtype type, int64_t outer, int64_t count, int64_t inner,
                       int64_t n, const int64_t *indices, const void *src, void *dst);

// ---- Classes, borders, interpolation

// The position of the first index that is neither in 0..<classes nor ignore_index, or -1.
int64_t mt_first_bad_class(int64_t count, const int64_t *target, int64_t classes,
                           int64_t ignore_index);
// Slice i of dst (outer, n, inner) is the sum over t in starts[i] ..< starts[i + 1] of weights[t]
// times slice indices[t] of src (outer, count, inner), in that order. Integer types take whole
// weights.
void mt_resample(mt_dtype type, int64_t outer, int64_t count, int64_t inner, int64_t n,
                 const int64_t *starts, const int64_t *indices, const double *weights,
                 const void *src, void *dst);

// ---- Random numbers: Philox4x32-10 (Salmon et al. 2011), counter = position in the stream
// Element i depends on (key, stream, offset + i) only.

void mt_random_uniform(mt_dtype type, uint64_t key, uint64_t stream, uint64_t offset, int64_t count,
                       double low, double high,
                       void *dst); // [low, high), floating types
void mt_random_normal(mt_dtype type, uint64_t key, uint64_t stream, uint64_t offset, int64_t count,
                      double mean, double std,
                      void *dst); // Box-Muller, floating types
void mt_random_integers(
    mt_dtype type, uint64_t key, uint64_t stream, uint64_t offset, int64_t count, int64_t low,
    int64_t high,
    void *dst); // [low, high), integer types, unbiased by multiply-shift on 64 bits
// A Fisher-Yates permutation of 0..<count.
void mt_random_permutation(uint64_t key, uint64_t stream, uint64_t offset, int64_t count,
                           int64_t *dst);
// dst = src / (1 - p) where kept, else 0; `kept` remembers which. The mask depends on (key, stream,
// offset + i).
void mt_dropout(mt_dtype type, uint64_t key, uint64_t stream, uint64_t offset, int64_t count,
                double p, const void *src, void *dst, bool *kept);
void mt_dropout_grad(mt_dtype type, int64_t count, double p, const bool *kept, const void *grad,
                     void *dst);

// ---- Softmax over the middle of contiguous (outer, classes, inner), cross-entropy

void mt_softmax(mt_dtype type, int64_t outer, int64_t classes, int64_t inner, bool logarithm,
                const void *src, void *dst);
// grad_src from the output and its gradient.
void mt_softmax_grad(mt_dtype type, int64_t outer, int64_t classes, int64_t inner, bool logarithm,
                     const void *output, const void *grad, void *dst);
// Cross-entropy over the middle of contiguous (outer, classes, inner), with class indices (outer,
// inner) (PyTorch's definition, label smoothing included: each class gets smoothing / classes,
// weighted by its class weight). A row is a place in (outer, inner): loss[row] is its weighted loss
// and row_weight[row] its weight (0 for ignored rows); both are float64 for float64 logits, float32
// otherwise. log_sum_exp[row] likewise, for the gradient. weight may be NULL and has the type of
// loss.
void mt_cross_entropy(mt_dtype type, int64_t outer, int64_t classes, int64_t inner,
                      const void *logits, const int64_t *target, const void *weight,
                      double smoothing, int64_t ignore_index, void *loss, void *row_weight,
                      void *log_sum_exp);
// dst[row] = scale[row * scale_stride] * d loss[row] / d logits. scale has the type of loss.
void mt_cross_entropy_grad(mt_dtype type, int64_t outer, int64_t classes, int64_t inner,
                           const void *logits, const int64_t *target, const void *weight,
                           double smoothing, int64_t ignore_index, const void *log_sum_exp,
                           const void *scale, int64_t scale_stride, void *dst);

// ---- Batch normalisation over (outer, channels, inner); channels-last has inner = 1
// type is a floating-point type (x, y, their gradients, residual). Statistics, weight and
// bias are float32 (float64 for float64).

void mt_batch_norm_statistics(mt_dtype type, int64_t outer, int64_t channels, int64_t inner,
                              const void *x, void *mean,
                              void *variance); // biased variance
// y = (x - mean) * inv_std * weight + bias (+ residual), then max(., 0) if relu. weight, bias,
// residual may be NULL.
void mt_batch_norm(mt_dtype type, int64_t outer, int64_t channels, int64_t inner, const void *x,
                   const void *mean, const void *inv_std, const void *weight, const void *bias,
                   const void *residual, bool relu, void *y);
// Gradients of the above with batch statistics (training) or fixed ones. y is read only for relu.
// grad_residual (relu-masked grad) is written when not NULL; grad_weight, grad_bias (float32 or
// float64) may be NULL; grad_x may be NULL.
void mt_batch_norm_grad(mt_dtype type, int64_t outer, int64_t channels, int64_t inner,
                        const void *x, const void *y, const void *grad, const void *mean,
                        const void *inv_std, const void *weight, bool relu, bool training,
                        void *grad_x, void *grad_weight, void *grad_bias, void *grad_residual);
// ---- Group normalisation of (samples, channels, positions), or with the channels innermost
// type is a floating-point type (x, y, their gradients). Statistics, parameters and their gradients
// are float32 (float64 for float64).

typedef struct {
    int64_t samples, groups, channels, positions;
    bool channels_last, relu; // relu: max(., 0) at the end
    double epsilon;
    const void *x, *weight, *bias; // parameters (channels); NULL for 1 and 0
    void *y;                       // read by backward for relu
    void *mean, *inverse;          // (samples, groups): written by forward, read by backward
    const void *grad;
    void *grad_x, *grad_weight, *grad_bias; // NULL where they are not wanted
} mt_group_norm;
void mt_group_norm_forward(mt_dtype type, const mt_group_norm *norm);
void mt_group_norm_backward(mt_dtype type, const mt_group_norm *norm);

// Sum over outer and inner: bias gradients.
void mt_channel_sum(mt_dtype type, int64_t outer, int64_t channels, int64_t inner, const void *x,
                    void *sum);

// ---- Convolutions with a 3x3 kernel and stride 1 by Winograd's algorithm, channels-last

// top and left: rows and columns of padding before the image; what follows it is implied.
typedef struct {
    int64_t batch, in_channels, out_channels, height, width, out_height, out_width, top, left;
} mt_winograd_shape;

// How long a pass takes, the gradient of the weights or the others, in multiplications for each
// input and output channel.
double mt_winograd_cost(const mt_winograd_shape *shape, bool weight_gradient);
// The number of floats that weights take at the points; 0 where a forward pass had better bring
// them there itself.
int64_t mt_winograd_weight_count(const mt_winograd_shape *shape);
// weights: (out_channels, in_channels, 3, 3); `turned`: those of the convolution whose gradient in
// the data this one computes, (in_channels, out_channels, 3, 3) with the taps in reverse order.
void mt_winograd_weights(const mt_winograd_shape *shape, const float *weights, bool turned,
                         float *points);
// type: of x and y, float32 or bfloat16; sums are float32. points: the weights there, NULL where
// they take none. bias may be NULL.
void mt_winograd_forward(mt_dtype type, const mt_winograd_shape *shape, const void *x,
                         const float *weights, bool turned, const float *points, const float *bias,
                         bool relu, void *y);
// grad_weights (out_channels, in_channels, 3, 3) is overwritten.
void mt_winograd_backward_weights(mt_dtype type, const mt_winograd_shape *shape, const void *x,
                                  const void *grad_y, float *grad_weights);

// ---- Pooling, channels-last (N, D, H, W, C); images have depth 1

typedef struct {
    int64_t batch, channels;
    int64_t input[MT_VOLUME_DIMS], output[MT_VOLUME_DIMS], kernel[MT_VOLUME_DIMS];
    int64_t stride[MT_VOLUME_DIMS], padding[MT_VOLUME_DIMS], dilation[MT_VOLUME_DIMS];
} mt_pool_shape;

// The first maximum of each window (NaN wins); `argmax` gets its place in the window (row-major;
// int32).
void mt_max_pool(mt_dtype type, const mt_pool_shape *shape, const void *x, void *y,
                 int32_t *argmax);
void mt_max_pool_grad(mt_dtype type, const mt_pool_shape *shape, const void *grad,
                      const int32_t *argmax, void *grad_x);
// divisor 0: the window's size counting padding if count_padding (windows that overhang the padding
// in ceil mode are cut at its end, see PyTorch), else the cells inside the image. dilation is not
// read.
void mt_average_pool(mt_dtype type, const mt_pool_shape *shape, bool count_padding, int64_t divisor,
                     const void *x, void *y);
void mt_average_pool_grad(mt_dtype type, const mt_pool_shape *shape, bool count_padding,
                          int64_t divisor, const void *grad, void *grad_x);
// Bins floor(i * in / out) ..< ceil((i + 1) * in / out), as PyTorch's adaptive pooling. Only batch,
// channels, input and output are read.
// Averages are also had of row-major (N, C, D, H, W), which give the same.
void mt_adaptive_average_pool(mt_dtype type, const mt_pool_shape *shape, bool channels_last,
                              const void *x, void *y);
void mt_adaptive_average_pool_grad(mt_dtype type, const mt_pool_shape *shape, bool channels_last,
                                   const void *grad, void *grad_x);
// argmax is the cell's place in the image.
void mt_adaptive_max_pool(mt_dtype type, const mt_pool_shape *shape, const void *x, void *y,
                          int32_t *argmax);
void mt_adaptive_max_pool_grad(mt_dtype type, const mt_pool_shape *shape, const void *grad,
                               const int32_t *argmax, void *grad_x);

// ---- Optimisers: one pass over all parameters (float32 or float64)

enum { MT_MAX_STATES = 3 };

typedef struct {
    int64_t count; // elements
    void *parameter;
    const void *gradient;
    void *states[MT_MAX_STATES]; // what the optimiser remembers; NULL when unused
} mt_update;

typedef struct {
    double learning_rate, momentum, dampening, weight_decay;
    bool nesterov, first_step; // on the first step the momentum buffer is the gradient
} mt_sgd_options;
void mt_sgd(mt_dtype type, int64_t count, const mt_update *updates, const mt_sgd_options *options);

// With g the gradient plus weight_decay p, m the mean of g (state 0) and v the mean of g squared
// (state 1) or the greatest v so far (state 2, if there is one), the parameter becomes
// shrink p - (mean_rate m + gradient_rate g) / (root_scale sqrt(v) + epsilon).
typedef struct {
    double beta1, beta2, weight_decay, shrink, mean_rate, gradient_rate, root_scale, epsilon;
} mt_adam_options;
void mt_adam(mt_dtype type, int64_t count, const mt_update *updates,
             const mt_adam_options *options);

typedef struct {
    double learning_rate, beta1, beta2, epsilon, weight_decay;
} mt_adamax_options; // states: mean, greatest
void mt_adamax(mt_dtype type, int64_t count, const mt_update *updates,
               const mt_adamax_options *options);

typedef struct {
    double learning_rate, epsilon, weight_decay;
} mt_adagrad_options; // states: sum of squares
void mt_adagrad(mt_dtype type, int64_t count, const mt_update *updates,
                const mt_adagrad_options *options);

typedef struct {
    double learning_rate, rho, epsilon, weight_decay;
} mt_adadelta_options; // states: mean square of gradients, of changes
void mt_adadelta(mt_dtype type, int64_t count, const mt_update *updates,
                 const mt_adadelta_options *options);

typedef struct {
    double learning_rate, alpha, epsilon, weight_decay, momentum;
    bool centered;
} mt_rmsprop_options; // states: mean square, mean if centered, momentum if there is one
void mt_rmsprop(mt_dtype type, int64_t count, const mt_update *updates,
                const mt_rmsprop_options *options);

typedef struct {
    double learning_rate, beta1, beta2, weight_decay;
} mt_lion_options; // states: mean
void mt_lion(mt_dtype type, int64_t count, const mt_update *updates,
             const mt_lion_options *options);

// parameter += weight (gradient - parameter), as averages of weights move.
typedef struct {
    double weight;
} mt_lerp_options;
void mt_lerp(mt_dtype type, int64_t count, const mt_update *updates,
             const mt_lerp_options *options);

// The sum of |x| to a power over many blocks of float32 or float64, for gradient norms, or the
// greatest |x| where the power is infinite; float64, in order whatever the number of threads.
double mt_norm_sum(mt_dtype type, double power, int64_t count, const int64_t *sizes,
                   const void *const *blocks);
// block *= factor for many blocks.
void mt_scale(mt_dtype type, int64_t count, const int64_t *sizes, void *const *blocks,
              double factor);

// ---- Recurrent layers over whole sequences, time first; float32 or float64

typedef enum { MT_LSTM, MT_GRU, MT_RNN_TANH, MT_RNN_RELU } mt_cell;

// A matrix (depth, columns) with any strides, packed as the functions below read it.
int64_t mt_recurrent_packed_count(mt_dtype type, int64_t depth, int64_t columns); // elements
void mt_recurrent_pack(mt_dtype type, int64_t depth, int64_t columns, int64_t depth_stride,
                       int64_t column_stride, const void *matrix, void *packed);

// y (rows, columns) = x (rows, depth) times a packed matrix, plus bias (columns; NULL for none);
// rows are x_row and y_row apart. Every element is one sum in order: it depends neither on how many
// rows there are nor on the number of threads.
void mt_recurrent_project(mt_dtype type, int64_t rows, int64_t depth, int64_t columns,
                          const void *x, int64_t x_row, const void *packed, const void *bias,
                          void *y, int64_t y_row);
// dst (columns, rows) = src (rows, columns), transposed.
void mt_recurrent_turn(mt_dtype type, int64_t rows, int64_t columns, const void *src, void *dst);

// One direction of a layer. The gates of a row are i, f, g, o for an LSTM, one number for a plain
// RNN, and r, z, n and what n gets from the state for a GRU: gate_width is 4 (or 1) times hidden.
typedef struct {
    mt_cell cell;
    bool reverse;
    int64_t steps, batch, hidden, gate_width;
    const int64_t *lengths; // (batch), each in 1...steps; NULL for all steps
    // The state's weights, packed: (hidden, gates) for the forward pass, (gates, hidden) for the
    // backward one. A GRU has those of r and z first and those of n second.
    const void *weights[2];
    const void *hidden_bias; // a GRU's, of n
    const void *h0, *c0;     // (batch, hidden); c0 for an LSTM
    // (steps, batch, gate_width). Forward: what the input gives, replaced by the gates' values.
    void *gates;
    void *y; // (steps, batch, hidden), rows y_row apart; 0 beyond a length
    int64_t y_row;
    void *c;            // (steps, batch, hidden) for an LSTM
    void *hn, *cn;      // (batch, hidden), written by the forward pass
    const void *grad_y; // rows y_row apart
    void *grad_gates;   // (steps, batch, gate_width), written; 0 beyond a length
    // (batch, hidden): the gradients of the last states, replaced by those of the first.
    void *grad_h0, *grad_c0;
} mt_recurrent;

// Both directions of a layer differ in their pointers and in `reverse` only.
void mt_recurrent_forward(mt_dtype type, int64_t count, const mt_recurrent *directions);
void mt_recurrent_backward(mt_dtype type, int64_t count, const mt_recurrent *directions);

// ---- Sums over the steps of sequences (float32, float64)

// y (batch, size) = the steps of x (batch, steps, size), each times its weight (batch, steps),
// added in order; steps of weight 0 are left out, whatever they hold.
void mt_weighted_steps(mt_dtype type, int64_t batch, int64_t steps, int64_t size, const void *x,
                       const void *weights, void *y);

// ---- Bags of embeddings (float32, float64)

// dst (bags, size) = the greatest of rows offsets[bag]..<offsets[bag + 1] of (n, size), 0 for none;
// `place` gets the row each came from, or -1.
void mt_bag_max(mt_dtype type, int64_t bags, int64_t size, const int64_t *offsets, const void *rows,
                void *dst, int64_t *place);
// dst (n, size), which holds zeros, gets the gradient (bags, size) where the greatest came from.
void mt_bag_max_grad(mt_dtype type, int64_t bags, int64_t size, const int64_t *place,
                     const void *grad, void *dst);

// ---- Connectionist temporal classification; float32 or float64

typedef struct {
    int64_t steps, batch, classes, blank, longest; // longest: the greatest target length
    const void *log_probs;                         // (steps, batch, classes)
    const int64_t *targets, *starts;               // starts (batch): where a sample's labels are
    const int64_t *input_lengths, *target_lengths; // (batch)
    void *alpha; // (batch, steps, 2 * longest + 3), kept for the backward pass
    void *loss;  // (batch), infinite where no path exists
    bool zero_infinity;
    const void *scale; // (batch): the gradient of each loss
    void *grad;        // (steps, batch, classes), as if log_probs were a log-softmax's output
} mt_ctc;

void mt_ctc_forward(mt_dtype type, const mt_ctc *x);  // writes alpha and loss
void mt_ctc_backward(mt_dtype type, const mt_ctc *x); // writes grad

// ---- Attention; float32 or float64

// Rows of every head: data, and how many elements apart batches, heads and rows are; the elements
// of a row are neighbours.
typedef struct {
    void *data;
    int64_t batch, head, row;
} mt_heads;

typedef struct {
    mt_dtype type;
    int64_t batch, heads, queries, keys, size, value_size;
    double scale;
    bool causal;      // query i sees keys 0...i
    mt_heads q, k, v; // (batch, heads, queries or keys, size or value_size), only read
    mt_heads mask;    // added to the scores, columns mask_column apart; data NULL for none
    int64_t mask_column;
    double dropout; // the mask depends on (key, stream, offset + place of the weight)
    uint64_t key, stream, offset;
    mt_heads out;  // (batch, heads, queries, value_size), written
    void *log_sum; // (batch, heads, queries), written by the forward pass
    mt_heads grad_out, grad_q, grad_k, grad_v;
} mt_attention;

// A query that sees no key gets 0.
void mt_attention_forward(const mt_attention *attention);
void mt_attention_backward(const mt_attention *attention); // writes grad_q, grad_k, grad_v

// ---- Layer normalisation of rows; float32, float64 or bfloat16

typedef struct {
    int64_t rows, size;
    bool centred; // around the mean, not 0
    double epsilon;
    const void *x, *weight, *bias; // weight and bias are float32 (float64), NULL for none
    void *y;
    void *mean, *inverse; // (rows), of the parameters' type: the forward pass writes them
    const void *grad;
    void *grad_x, *grad_weight, *grad_bias; // each may be NULL
} mt_layer_norm;

void mt_layer_norm_forward(mt_dtype type, const mt_layer_norm *norm);
void mt_layer_norm_backward(mt_dtype type, const mt_layer_norm *norm);

// ---- Sparse tensors, as lists of entries; matrices, float32 or float64, by rows and columns

// group[i]: which of the different keys (0 ... limit - 1), in ascending order, keys[i] is;
// first[g]: the first entry of a group. Returns how many groups there are, at most `count`.
int64_t mt_group_equal(int64_t count, int64_t limit, const int64_t *keys, int64_t *group,
                       int64_t *first);

// dst (rows, n) = the columns of src (rows, count) at these indices.
void mt_pick_columns(int64_t rows, int64_t count, int64_t n, const int64_t *indices,
                     const int64_t *src, int64_t *dst);
// The entries of each row, in their order: starts (rows + 1) and order (entries).
void mt_group_rows(int64_t rows, int64_t entries, const int64_t *row, int64_t *starts,
                   int64_t *order);
// dst (rows, size) = the sparse matrix times x (columns, size).
void mt_sparse_matmul(mt_dtype type, int64_t rows, int64_t size, const int64_t *starts,
                      const int64_t *order, const int64_t *column, const void *values,
                      const void *x, void *dst);
// dst[i] = the product of the row row[i] of x and the row column[i] of y, each of `size`.
void mt_sampled_matmul(mt_dtype type, int64_t entries, int64_t size, const int64_t *row,
                       const int64_t *column, const void *x, const void *y, void *dst);

#ifdef __cplusplus
}
#endif
#endif
