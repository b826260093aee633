// The driver of the element-wise kernels, and their entry points.
#include <math.h>

#include "elementwise.h"

enum {
    BLOCK = 1024
}; // elements that go through the buffers at once; all buffers fit the first-level cache

typedef struct {
    const mt_elementwise *call;
    mt_space space;
    bool direct; // tiles can be used in place: unit strides (0 for inputs) and no conversions
    bool flat;   // no input has stride 0 in the innermost dimension either
    bool whole[MT_MAX_OPERANDS]; // the operand lies in the order of the walk, without gaps
} plan;

typedef struct {
    _Alignas(64) char bytes[BLOCK * 8];
} buffer;

static char *element(const mt_elementwise *call, int operand, int64_t offset) {
    return call->base[operand] + offset * item_size(call->type[operand]);
}

// The next `count` elements of an input, contiguous and in the kernel's type: in place, or copied
// to `out`.
static const void *stage_in(const plan *plan, const mt_walk *start, int operand, int64_t count,
                            buffer *out, buffer *raw) {
    const mt_elementwise *call = plan->call;
    mt_dtype type = call->type[operand], wanted = call->kernel_type[operand];
    int64_t size = item_size(type);
    int last = plan->space.ndim - 1;
    int64_t stride = plan->space.strides[operand][last];
    if (plan->whole[operand] || (stride == 1 && mt_walk_run(start) >= count)) {
        const char *in = element(call, operand, start->offset[operand]);
        if (type == wanted) return in;
        mt_cast(wanted, out->bytes, type, in, count);
        return out->bytes;
    }
    mt_walk walk = *start;
    char *gathered = type == wanted ? out->bytes : raw->bytes;
    for (int64_t done = 0; done < count;) {
        int64_t run = min64(mt_walk_run(&walk), count - done);
        mt_gather_run(size, run, gathered + done * size,
                      element(call, operand, walk.offset[operand]), stride);
        mt_walk_advance(&walk, last, run);
        done += run;
    }
    if (type != wanted) mt_cast(wanted, out->bytes, type, gathered, count);
    return out->bytes;
}

static void stage_out(const plan *plan, mt_walk *walk, int64_t count, buffer *computed,
                      buffer *raw) {
    const mt_elementwise *call = plan->call;
    int last = plan->space.ndim - 1;
    int64_t size = item_size(call->type[0]);
    const char *from = computed->bytes;
    if (call->type[0] != call->kernel_type[0]) {
        mt_cast(call->type[0], raw->bytes, call->kernel_type[0], from, count);
        from = raw->bytes;
    }
    for (int64_t done = 0; done < count;) {
        int64_t run = min64(mt_walk_run(walk), count - done);
        mt_scatter_run(size, run, element(call, 0, walk->offset[0]), plan->space.strides[0][last],
                       from + done * size);
        mt_walk_advance(walk, last, run);
        done += run;
    }
}

static void run_staged(const plan *plan, int64_t begin, int64_t end) {
    const mt_elementwise *call = plan->call;
    buffer in[3], out, raw;
    mt_walk walk;
    mt_walk_start(&walk, &plan->space, begin);
    int last = plan->space.ndim - 1;
    bool convert = call->type[0] != call->kernel_type[0];
    for (int64_t position = begin; position < end;) {
        int64_t count = min64(BLOCK, end - position);
        mt_tile tile = {.rows = 1, .count = count, .p = call->p, .q = call->q};
        for (int i = 0; i < call->inputs; i++)
            tile.in[i] = stage_in(plan, &walk, i + 1, count, &in[i], &raw);
        bool in_place =
            plan->whole[0] || (plan->space.strides[0][last] == 1 && mt_walk_run(&walk) >= count);
        if (in_place) {
            char *dst = element(call, 0, walk.offset[0]);
            tile.dst = convert ? out.bytes : dst;
            call->kernel(&tile);
            if (convert) mt_cast(call->type[0], dst, call->kernel_type[0], out.bytes, count);
            for (int64_t left = count; left > 0;) {
                int64_t run = min64(mt_walk_run(&walk), left);
                mt_walk_advance(&walk, last, run);
                left -= run;
            }
        } else {
            tile.dst = out.bytes;
            call->kernel(&tile);
            stage_out(plan, &walk, count, &out, &raw);
        }
        position += count;
    }
}

// One run with some inputs that are a single value: the values are spread over a buffer that every
// row reads.
static void run_spread(const plan *plan, const mt_walk *walk, int64_t run) {
    const mt_elementwise *call = plan->call;
    int last = plan->space.ndim - 1;
    buffer spread[3];
    int64_t width = min64(run, BLOCK), rows = run / width, rest = run % width;
    mt_tile tile = {.rows = rows, .count = width, .p = call->p, .q = call->q, .dst_row = width};
    tile.dst = element(call, 0, walk->offset[0]);
    for (int i = 0; i < call->inputs; i++) {
        const char *in = element(call, i + 1, walk->offset[i + 1]);
        if (plan->space.strides[i + 1][last] == 0) {
            mt_gather_run(item_size(call->type[i + 1]), width, spread[i].bytes, in, 0);
            tile.in[i] = spread[i].bytes;
        } else {
            tile.in[i] = in;
            tile.in_row[i] = width;
        }
    }
    call->kernel(&tile);
    if (rest == 0) return;
    tile.dst = (char *)tile.dst + rows * width * item_size(call->type[0]);
    for (int i = 0; i < call->inputs; i++) {
        tile.in[i] =
            (const char *)tile.in[i] + rows * tile.in_row[i] * item_size(call->type[i + 1]);
    }
    tile.rows = 1;
    tile.count = rest;
    call->kernel(&tile);
}

static void run_direct(const plan *plan, int64_t begin, int64_t end) {
    const mt_elementwise *call = plan->call;
    const mt_space *space = &plan->space;
    int last = space->ndim - 1;
    mt_walk walk;
    mt_walk_start(&walk, space, begin);
    for (int64_t position = begin; position < end;) {
        int64_t run = min64(mt_walk_run(&walk), end - position);
        int64_t rows = 1;
        bool whole = last > 0 && run == space->shape[last];
        if (plan->flat) {
            if (whole)
                rows = min64(space->shape[last - 1] - walk.index[last - 1], (end - position) / run);
            mt_tile tile = {.rows = rows, .count = run, .p = call->p, .q = call->q};
            tile.dst = element(call, 0, walk.offset[0]);
            tile.dst_row = whole ? space->strides[0][last - 1] : 0;
            for (int i = 0; i < call->inputs; i++) {
                tile.in[i] = element(call, i + 1, walk.offset[i + 1]);
                tile.in_row[i] = whole ? space->strides[i + 1][last - 1] : 0;
            }
            call->kernel(&tile);
        } else {
            run_spread(plan, &walk, run);
        }
        if (whole) {
            mt_walk_advance(&walk, last - 1, rows);
        } else {
            mt_walk_advance(&walk, last, run);
        }
        position += rows * run;
    }
}

static void run_range(int64_t begin, int64_t end, void *context) {
    const plan *plan = context;
    if (plan->direct) {
        run_direct(plan, begin, end);
    } else {
        run_staged(plan, begin, end);
    }
}

void mt_elementwise_run(const mt_elementwise *call, int ndim, const int64_t *shape,
                        const int64_t *const *strides) {
    plan plan = {.call = call, .flat = true};
    mt_space_init(&plan.space, call->inputs + 1, ndim, shape, strides);
    if (plan.space.count == 0) return;
    int last = plan.space.ndim - 1;
    int64_t row = plan.space.shape[last];
    // Short rows are cheaper to collect in a buffer than to call a kernel for.
    plan.direct = row >= 16 || last == 0;
    for (int o = 0; o <= call->inputs; o++) {
        int64_t stride = plan.space.strides[o][last];
        if (row == 1) stride = 1;
        bool fits = stride == 1 || (stride == 0 && o > 0 && row >= 64);
        plan.direct = plan.direct && fits && call->type[o] == call->kernel_type[o];
        if (stride == 0) plan.flat = false;
        int64_t step = 1;
        plan.whole[o] = true;
        for (int d = last; d >= 0; d--) {
            plan.whole[o] = plan.whole[o] && plan.space.strides[o][d] == step;
            step *= plan.space.shape[d];
        }
    }
    mt_parallel(plan.space.count, MT_GRAIN, run_range, &plan);
}

// ---- Entry points

static mt_dtype computing_type(mt_dtype type) {
    return type == MT_FLOAT16 || type == MT_BFLOAT16 ? MT_FLOAT32 : type;
}

void mt_unary(mt_unary_op op, mt_dtype type, int ndim, const int64_t *shape, void *dst,
              const int64_t *dst_strides, const void *src, const int64_t *src_strides, double p,
              double q) {
    bool to_bool = op >= MT_LOGICAL_NOT;
    mt_dtype computing = computing_type(type);
    mt_tile_kernel kernel = type == MT_BFLOAT16 ? mt_unary_bfloat16(op) : NULL;
    if (kernel != NULL) {
        computing = type;
    } else if (computing == MT_FLOAT32) {
        kernel = mt_unary_float(op);
    } else if (computing == MT_FLOAT64) {
        kernel = mt_unary_double(op);
    } else {
        kernel = mt_unary_integer(op, type);
    }
    mt_elementwise call = {
        .kernel = kernel, .inputs = 1, .base = {dst, (char *)src}, .p = p, .q = q};
    call.type[0] = to_bool ? MT_BOOL : type;
    call.kernel_type[0] = to_bool ? MT_BOOL : computing;
    call.type[1] = type;
    call.kernel_type[1] = computing;
    mt_elementwise_run(&call, ndim, shape, (const int64_t *const[]){dst_strides, src_strides});
}

// The operation that raising to a constant power is, when there is a cheaper one.
static bool power_shortcut(mt_dtype type, const void *exponent, mt_unary_op *op) {
    double value;
    if (type == MT_FLOAT32) {
        value = *(const float *)exponent;
    } else if (type == MT_FLOAT64) {
        value = *(const double *)exponent;
    } else if (type == MT_BFLOAT16) {
        value = bfloat16_to_float(*(const bfloat16 *)exponent);
    } else {
        return false;
    }
    if (value == 2) {
        *op = MT_SQUARE;
    } else if (value == -1) {
        *op = MT_RECIPROCAL;
    } else {
        return false; // not even 0.5: the power of -infinity and -0 differ from the root
    }
    return true;
}

void mt_binary(mt_binary_op op, mt_dtype type, int ndim, const int64_t *shape, void *dst,
               const int64_t *dst_strides, const void *a, const int64_t *a_strides, const void *b,
               const int64_t *b_strides, double p, double q) {
    bool to_bool = op >= MT_EQ && op <= MT_GE;
    if (op == MT_POW) {
        bool constant = true;
        for (int d = 0; d < ndim; d++) {
            if (shape[d] == 0) return;
            constant = constant && (shape[d] == 1 || b_strides[d] == 0);
        }
        mt_unary_op shortcut;
        if (constant && power_shortcut(type, b, &shortcut)) {
            mt_unary(shortcut, type, ndim, shape, dst, dst_strides, a, a_strides, 0, 0);
            return;
        }
    }
    mt_dtype computing = computing_type(type);
    mt_tile_kernel kernel = type == MT_BFLOAT16 ? mt_binary_bfloat16(op) : NULL;
    if (kernel != NULL) {
        computing = type;
    } else if (computing == MT_FLOAT32) {
        kernel = mt_binary_float(op);
    } else if (computing == MT_FLOAT64) {
        kernel = mt_binary_double(op);
    } else {
        kernel = mt_binary_integer(op, type);
    }
    mt_elementwise call = {
        .kernel = kernel, .inputs = 2, .base = {dst, (char *)a, (char *)b}, .p = p, .q = q};
    call.type[0] = to_bool ? MT_BOOL : type;
    call.kernel_type[0] = to_bool ? MT_BOOL : computing;
    for (int i = 1; i <= 2; i++) {
        call.type[i] = type;
        call.kernel_type[i] = computing;
    }
    mt_elementwise_run(&call, ndim, shape,
                       (const int64_t *const[]){dst_strides, a_strides, b_strides});
}

#define TERNARY_KERNEL(NAME, T, EXPRESSION) \
    HOT static void NAME(const mt_tile *tile) { \
        const T p = (T)tile->p; \
        const int64_t count = tile->count; \
        (void)p; \
        for (int64_t row = 0; row < tile->rows; row++) { \
            T *dst = (T *)tile->dst + row * tile->dst_row; \
            const T *a = (const T *)tile->in[0] + row * tile->in_row[0]; \
            const T *b = (const T *)tile->in[1] + row * tile->in_row[1]; \
            const T *c = (const T *)tile->in[2] + row * tile->in_row[2]; \
            VECTOR for (int64_t i = 0; i < count; i++) { \
                const T x = a[i], y = b[i], z = c[i]; \
                dst[i] = EXPRESSION; \
            } \
        } \
    }
TERNARY_KERNEL(lerp_float, float, x + z * (y - x))
TERNARY_KERNEL(lerp_double, double, x + z * (y - x))
TERNARY_KERNEL(addcmul_float, float, x + p * (y * z))
TERNARY_KERNEL(addcmul_double, double, x + p * (y * z))
TERNARY_KERNEL(addcdiv_float, float, x + p * (y / z))
TERNARY_KERNEL(addcdiv_double, double, x + p * (y / z))

void mt_ternary(mt_ternary_op op, mt_dtype type, int ndim, const int64_t *shape, void *dst,
                const int64_t *dst_strides, const void *a, const int64_t *a_strides, const void *b,
                const int64_t *b_strides, const void *c, const int64_t *c_strides, double p) {
    static const mt_tile_kernel kernels[][2] = {
        [MT_LERP] = {lerp_float, lerp_double},
        [MT_ADDCMUL] = {addcmul_float, addcmul_double},
        [MT_ADDCDIV] = {addcdiv_float, addcdiv_double},
    };
    mt_elementwise call = {.kernel = kernels[op][type == MT_FLOAT64],
                           .inputs = 3,
                           .base = {dst, (char *)a, (char *)b, (char *)c},
                           .p = p};
    for (int i = 0; i < 4; i++) call.type[i] = call.kernel_type[i] = type;
    mt_elementwise_run(&call, ndim, shape,
                       (const int64_t *const[]){dst_strides, a_strides, b_strides, c_strides});
}

#define WHERE_KERNEL(T) \
    HOT static void where_##T(const mt_tile *tile) { \
        const int64_t count = tile->count; \
        for (int64_t row = 0; row < tile->rows; row++) { \
            T *dst = (T *)tile->dst + row * tile->dst_row; \
            const uint8_t *condition = (const uint8_t *)tile->in[0] + row * tile->in_row[0]; \
            const T *a = (const T *)tile->in[1] + row * tile->in_row[1]; \
            const T *b = (const T *)tile->in[2] + row * tile->in_row[2]; \
            VECTOR for (int64_t i = 0; i < count; i++) { \
                T x = a[i], y = b[i]; \
                dst[i] = condition[i] ? x : y; \
            } \
        } \
    }
WHERE_KERNEL(uint8_t)
WHERE_KERNEL(uint16_t)
WHERE_KERNEL(uint32_t)
WHERE_KERNEL(uint64_t)

void mt_where(mt_dtype type, int ndim, const int64_t *shape, void *dst, const int64_t *dst_strides,
              const bool *condition, const int64_t *condition_strides, const void *a,
              const int64_t *a_strides, const void *b, const int64_t *b_strides) {
    int64_t size = item_size(type);
    mt_elementwise call = {.inputs = 3, .base = {dst, (char *)condition, (char *)a, (char *)b}};
    call.kernel = size == 1   ? where_uint8_t
                  : size == 2 ? where_uint16_t
                  : size == 4 ? where_uint32_t
                              : where_uint64_t;
    for (int i = 0; i < 4; i++) call.type[i] = call.kernel_type[i] = i == 1 ? MT_BOOL : type;
    mt_elementwise_run(
        &call, ndim, shape,
        (const int64_t *const[]){dst_strides, condition_strides, a_strides, b_strides});
}
