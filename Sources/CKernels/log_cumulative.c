// The logarithm of the sums of e^x so far along the middle dimension.
#include "floating_math.h"
#include "internal.h"

enum { BLOCK = 256 };

typedef struct {
    int64_t count, inner, blocks;
    const void *src;
    void *dst;
} log_cumulation;

#define WITH_FLOAT16
#define BODY "log_cumulative_body.h"
#include "for_real_types.h"

void mt_log_cumulative(mt_dtype type, int64_t outer, int64_t count, int64_t inner, const void *src,
                       void *dst) {
    enum { WORK = 8 }; // of an element, in elements of simple kernels
    if (count == 0) return;
    log_cumulation c = {count, inner, div_up(inner, BLOCK), src, dst};
    mt_body body = type == MT_FLOAT32    ? float32_range
                   : type == MT_FLOAT64  ? float64_range
                   : type == MT_BFLOAT16 ? bfloat16_range
                                         : float16_range;
    mt_parallel(outer * c.blocks, row_grain(WORK * count * min64(inner, BLOCK)), body, &c);
}
