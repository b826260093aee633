// What the kernels share: element conversions, code for several processors, the way loops are
// parallelised.
#ifndef MARTLET_INTERNAL_H
#define MARTLET_INTERNAL_H

#include <string.h>

#include "CKernels.h"

// Compiled for AVX-512, for AVX2 and for the oldest x86-64; the loader picks. Helpers called from
// such a function must be INLINE, so that they are compiled along with each version.
#if defined(__x86_64__)
#define HOT __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define HOT
#endif
#define INLINE static inline __attribute__((always_inline))

// The iterations are independent, also where an operand is the destination itself.
#define VECTOR _Pragma("clang loop vectorize(assume_safety)")
// Sums may be reordered: for reductions that are vectorised by the compiler.
#define REASSOCIATE _Pragma("clang fp reassociate(on)")

// Ranges shorter than this are not worth waking another thread for.
enum { MT_GRAIN = 32768 };

typedef uint16_t bfloat16; // the bits
typedef _Float16 float16;

INLINE float bfloat16_to_float(bfloat16 x) {
    uint32_t bits = (uint32_t)x << 16;
    float result;
    memcpy(&result, &bits, 4);
    return result;
}

INLINE bfloat16 bfloat16_from_float(float x) {
    uint32_t bits;
    memcpy(&bits, &x, 4);
    uint32_t rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
    return (bfloat16)(x != x ? (bits >> 16) | 0x40 : rounded);
}

// Conversions to and from the type that an element computes in, by the element type's name.
INLINE float load_float(float x) { return x; }
INLINE float store_float(float x) { return x; }
INLINE double load_double(double x) { return x; }
INLINE double store_double(double x) { return x; }
INLINE float load_float16(float16 x) { return (float)x; }
INLINE float16 store_float16(float x) { return (float16)x; }
INLINE float load_bfloat16(bfloat16 x) { return bfloat16_to_float(x); }
INLINE bfloat16 store_bfloat16(float x) { return bfloat16_from_float(x); }

INLINE int64_t item_size(mt_dtype type) {
    switch (type) {
    case MT_FLOAT64:
    case MT_INT64: return 8;
    case MT_FLOAT32:
    case MT_INT32: return 4;
    case MT_FLOAT16:
    case MT_BFLOAT16: return 2;
    default: return 1;
    }
}

INLINE int64_t min64(int64_t a, int64_t b) { return a < b ? a : b; }
INLINE int64_t max64(int64_t a, int64_t b) { return a > b ? a : b; }
INLINE int64_t div_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

// The grain for mt_parallel over rows of `work` elements each.
INLINE int64_t row_grain(int64_t work) { return max64(1, MT_GRAIN / max64(1, work)); }

// Aligned scratch memory from the cache; stops the program when there is none, as kernels report no
// errors.
void *mt_scratch(size_t bytes);

// ---- Strided iteration

enum { MT_MAX_OPERANDS = 4 };

// An index space over several operands, its dimensions joined and ordered so that the last is the
// innermost.
typedef struct {
    int operands, ndim;
    int64_t shape[MT_MAX_DIMS];
    int64_t strides[MT_MAX_OPERANDS][MT_MAX_DIMS]; // elements
    int64_t count;                                 // of all elements
} mt_space;

// Drops dimensions of size 1, orders the others by the strides (the first operand's first), joins
// neighbours.
void mt_space_init(mt_space *space, int operands, int ndim, const int64_t *shape,
                   const int64_t *const *strides);

// Walks the elements from..<to of a space in order, in runs within the innermost dimension.
typedef struct {
    const mt_space *space;
    int64_t index[MT_MAX_DIMS];
    int64_t offset[MT_MAX_OPERANDS]; // elements
} mt_walk;

void mt_walk_start(mt_walk *walk, const mt_space *space, int64_t position);
// Advances by `count` steps along a dimension, not beyond its end.
void mt_walk_advance(mt_walk *walk, int dimension, int64_t count);
INLINE int64_t mt_walk_run(const mt_walk *walk) { // elements to the end of the innermost dimension
    int last = walk->space->ndim - 1;
    return walk->space->shape[last] - walk->index[last];
}

// ---- Contiguous conversions and strided gathers

// dst[i] = cast(src[i]), both contiguous.
void mt_cast(mt_dtype dst_type, void *dst, mt_dtype src_type, const void *src, int64_t count);
// Between a strided run of elements and a contiguous one, of elements of `size` bytes.
void mt_gather_run(int64_t size, int64_t count, void *dst, const void *src, int64_t stride);
void mt_scatter_run(int64_t size, int64_t count, void *dst, int64_t stride, const void *src);

#endif
