// Reduction kernels for the computing type T; included once for each, with T, REAL (whether T is
// floating), MEMBER (of a state), LOWEST, HIGHEST and N(name) defined.

typedef T N(vector) __attribute__((vector_size(64), aligned(sizeof(T))));
enum { N(lanes) = 64 / sizeof(T) };

#define LOAD_VECTOR(p) (*(const N(vector) *)(p))

// `combine` over a piece in four vectors of partial results, so that additions do not wait for each
// other.
#define FOLD(NAME, START, TERM, COMBINE, COMBINE_VECTORS) \
    INLINE T N(NAME)(int64_t count, const T *x) { \
        enum { L = N(lanes) }; \
        T total = START; \
        int64_t i = 0; \
        if (count >= 4 * L) { \
            N(vector) s0 = total - (N(vector)){}, s1 = s0, s2 = s0, s3 = s0; \
            for (; i + 4 * L <= count; i += 4 * L) { \
                N(vector) x0 = LOAD_VECTOR(x + i), x1 = LOAD_VECTOR(x + i + L); \
                N(vector) x2 = LOAD_VECTOR(x + i + 2 * L), x3 = LOAD_VECTOR(x + i + 3 * L); \
                s0 = COMBINE_VECTORS(s0, TERM(x0)); \
                s1 = COMBINE_VECTORS(s1, TERM(x1)); \
                s2 = COMBINE_VECTORS(s2, TERM(x2)); \
                s3 = COMBINE_VECTORS(s3, TERM(x3)); \
            } \
            s0 = COMBINE_VECTORS(COMBINE_VECTORS(s0, s1), COMBINE_VECTORS(s2, s3)); \
            for (int l = 0; l < L; l++) total = COMBINE(total, s0[l]); \
        } \
        for (; i < count; i++) total = COMBINE(total, TERM(x[i])); \
        return total; \
    }

#define PLAIN(x) (x)
#define SQUARED(x) ((x) * (x))
#define PLUS(a, b) ((a) + (b))
#define TIMES(a, b) ((a) * (b))
#define GREATER(a, b) ((b) > (a) ? (b) : (a))
#define LESSER(a, b) ((b) < (a) ? (b) : (a))
FOLD(fold_sum, 0, PLAIN, PLUS, PLUS)
FOLD(fold_squares, 0, SQUARED, PLUS, PLUS)
FOLD(fold_product, 1, PLAIN, TIMES, TIMES)
FOLD(fold_maximum, LOWEST, PLAIN, GREATER, __builtin_elementwise_max)
FOLD(fold_minimum, HIGHEST, PLAIN, LESSER, __builtin_elementwise_min)

INLINE bool N(has_nan)(int64_t count, const T *x) {
#if REAL
    int found = 0;
    for (int64_t i = 0; i < count; i++) found |= x[i] != x[i];
    return found != 0;
#else
    (void)count;
    (void)x;
    return false;
#endif
}

// The maximum or minimum of a piece, NaN if there is one.
INLINE T N(extreme)(bool greatest, int64_t count, const T *x) {
#if REAL
    if (N(has_nan)(count, x)) return (T)NAN;
#endif
    return greatest ? N(fold_maximum)(count, x) : N(fold_minimum)(count, x);
}

HOT static void N(row)(mt_reduce_op op, int64_t count, const void *values, int64_t index,
                       int64_t step, mt_state *state) {
    const T *x = values;
    mt_state piece = {{0}, {0}};
    switch (op) {
    case MT_SUM: piece.value.MEMBER = N(fold_sum)(count, x); break;
    case MT_SUM_SQUARES: piece.value.MEMBER = N(fold_squares)(count, x); break;
    case MT_PROD: piece.value.MEMBER = N(fold_product)(count, x); break;
    case MT_MAX: piece.value.MEMBER = N(extreme)(true, count, x); break;
    case MT_MIN: piece.value.MEMBER = N(extreme)(false, count, x); break;
    case MT_ARGMAX:
    case MT_ARGMIN: {
        T best = N(extreme)(op == MT_ARGMAX, count, x);
        int64_t i = 0;
        if (best != best) {
            while (x[i] == x[i]) i++;
        } else {
            while (x[i] != best) i++;
        }
        piece.value.MEMBER = best;
        piece.second.whole = index + i * step;
        break;
    }
#if REAL
    case MT_LOGSUMEXP: {
        REASSOCIATE
        T most = N(extreme)(true, count, x), total = 0;
        for (int64_t i = 0; i < count; i++) total += x[i] == most ? 1 : FN(exp)(x[i] - most);
        piece.value.real = (double)most;
        piece.second.real = (double)total;
        break;
    }
#endif
    default: break;
    }
    mt_state_join(op, REAL, state, &piece);
}

// Four rows at a time, so that the accumulators are loaded and stored less often.
#define ADD_ROWS(TERM) \
    for (; row + 4 <= rows; row += 4) { \
        const T *x0 = x + row * stride, *x1 = x0 + stride, *x2 = x1 + stride, *x3 = x2 + stride; \
        VECTOR for (int64_t j = 0; j < columns; j++) value[j] += \
            (TERM(x0[j]) + TERM(x1[j])) + (TERM(x2[j]) + TERM(x3[j])); \
    } \
    for (; row < rows; row++) { \
        const T *x0 = x + row * stride; \
        VECTOR for (int64_t j = 0; j < columns; j++) value[j] += TERM(x0[j]); \
    }

#define EACH_ROW(BODY) \
    for (; row < rows; row++) { \
        const T *in = x + row * stride; \
        const int64_t place = index + row * step; \
        (void)place; \
        VECTOR for (int64_t j = 0; j < columns; j++) { \
            const T y = in[j]; \
            BODY \
        } \
    }

#define BETTER(compare) (where[j] < 0 || y compare value[j] || (y != y && value[j] == value[j]))

HOT static void N(column)(mt_reduce_op op, int64_t rows, int64_t columns, const void *values,
                          int64_t stride, int64_t index, int64_t step, mt_columns *sums) {
    const T *x = values;
    T *value = (T *)sums->value, *second = (T *)sums->second;
    int64_t *where = (int64_t *)sums->second, row = 0;
    (void)second;
    switch (op) {
    case MT_SUM: ADD_ROWS(PLAIN) break;
    case MT_SUM_SQUARES: ADD_ROWS(SQUARED) break;
    case MT_PROD: EACH_ROW(value[j] *= y;) break;
    case MT_MAX: EACH_ROW(value[j] = y > value[j] || y != y ? y : value[j];) break;
    case MT_MIN: EACH_ROW(value[j] = y < value[j] || y != y ? y : value[j];) break;
    case MT_ARGMAX:
        EACH_ROW(bool take = BETTER(>); value[j] = take ? y : value[j];
                 where[j] = take ? place : where[j];)
        break;
    case MT_ARGMIN:
        EACH_ROW(bool take = BETTER(<); value[j] = take ? y : value[j];
                 where[j] = take ? place : where[j];)
        break;
#if REAL
    case MT_LOGSUMEXP:
        EACH_ROW(T before = value[j]; T most = y > before || y != y ? y : before;
                 T kept = before == most ? 1 : FN(exp)(before - most);
                 second[j] = second[j] * kept + (y == most ? 1 : FN(exp)(y - most));
                 value[j] = most;)
        break;
#endif
    default: break;
    }
}

static void N(start)(mt_reduce_op op, int64_t columns, mt_columns *sums) {
    mt_state state = mt_state_start(op, REAL);
    for (int64_t j = 0; j < columns; j++) {
        ((T *)sums->value)[j] = (T)state.value.MEMBER;
        if (op == MT_ARGMAX || op == MT_ARGMIN) {
            ((int64_t *)sums->second)[j] = -1;
        } else {
            ((T *)sums->second)[j] = 0;
        }
    }
}

static void N(flush)(mt_reduce_op op, int64_t columns, const mt_columns *sums, mt_state *states) {
    for (int64_t j = 0; j < columns; j++) {
        mt_state part;
        part.value.MEMBER = ((const T *)sums->value)[j];
        if (op == MT_ARGMAX || op == MT_ARGMIN) {
            part.second.whole = ((const int64_t *)sums->second)[j];
        } else {
            part.second.MEMBER = ((const T *)sums->second)[j];
        }
        mt_state_join(op, REAL, &states[j], &part);
    }
}

static const mt_reduce_kernels N(kernels) = {N(row), N(column), N(start), N(flush), REAL};

#undef LOAD_VECTOR
#undef FOLD
#undef PLAIN
#undef SQUARED
#undef PLUS
#undef TIMES
#undef GREATER
#undef LESSER
#undef ADD_ROWS
#undef EACH_ROW
#undef BETTER
