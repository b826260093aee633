// Reduction kernels for the computing type T; included once for each, with T, REAL (whether T is
// floating), MEMBER (of a state), LOWEST, HIGHEST and N(name) defined.

typedef T N(vector) __attribute__((vector_size(64), aligned(sizeof(T))));
enum { N(lanes) = 64 / sizeof(T) };

#define LOAD_VECTOR(p) (*(const N(vector) *)(p))

// `combine` over a piece in four vectors of partial results, so that additions do not wait for each
// other. c is a parameter of the terms.
#define FOLD(NAME, START, TERM, COMBINE, COMBINE_VECTORS) \
    INLINE T N(NAME)(int64_t count, const T *x, T c) { \
        enum { L = N(lanes) }; \
        T total = START; \
        (void)c; \
        int64_t i = 0; \
        if (count >= L) { \
            N(vector) s0 = total - (N(vector)){}, s1 = s0, s2 = s0, s3 = s0; \
            for (; i + 4 * L <= count; i += 4 * L) { \
                N(vector) x0 = LOAD_VECTOR(x + i), x1 = LOAD_VECTOR(x + i + L); \
                N(vector) x2 = LOAD_VECTOR(x + i + 2 * L), x3 = LOAD_VECTOR(x + i + 3 * L); \
                s0 = COMBINE_VECTORS(s0, TERM(x0)); \
                s1 = COMBINE_VECTORS(s1, TERM(x1)); \
                s2 = COMBINE_VECTORS(s2, TERM(x2)); \
                s3 = COMBINE_VECTORS(s3, TERM(x3)); \
            } \
            for (; i + L <= count; i += L) { \
                N(vector) x0 = LOAD_VECTOR(x + i); \
                s0 = COMBINE_VECTORS(s0, TERM(x0)); \
            } \
            s0 = COMBINE_VECTORS(COMBINE_VECTORS(s0, s1), COMBINE_VECTORS(s2, s3)); \
            for (int half = L / 2; half > 0; half /= 2) { \
                for (int l = 0; l < half; l++) s0[l] = COMBINE(s0[l], s0[l + half]); \
            } \
            total = COMBINE(total, s0[0]); \
        } \
        for (; i < count; i++) total = COMBINE(total, TERM(x[i])); \
        return total; \
    }

#define PLAIN(x) (x)
#define SQUARED(x) ((x) * (x))
#define DISTANCE(x) (((x)-c) * ((x)-c))
#define PLUS(a, b) ((a) + (b))
#define TIMES(a, b) ((a) * (b))
#define GREATER(a, b) ((b) > (a) ? (b) : (a))
#define LESSER(a, b) ((b) < (a) ? (b) : (a))
FOLD(fold_sum, 0, PLAIN, PLUS, PLUS)
FOLD(fold_distances, 0, DISTANCE, PLUS, PLUS)
FOLD(fold_product, 1, PLAIN, TIMES, TIMES)

// The maximum or minimum of a piece, NaN if there is one.
#if REAL
// A NaN's bits without the sign are greater than those of infinity.
// a where the condition holds, else b; NaN fails every comparison.
#define CHOOSE(condition, a, b) \
    ((N(vector))(((N(words))(condition) & (N(words))(a)) | \
                 (~(N(words))(condition) & (N(words))(b))))
#define EXTREME(NAME, START, COMBINE, COMPARE) \
    INLINE T N(NAME)(int64_t count, const T *x) { \
        enum { L = N(lanes) }; \
        T best = START; \
        N(word) size = 0; \
        int64_t i = 0; \
        if (count >= L) { \
            N(vector) s0 = best - (N(vector)){}, s1 = s0, s2 = s0, s3 = s0; \
            N(words) n0 = {}, n1 = n0; \
            for (; i + 4 * L <= count; i += 4 * L) { \
                N(vector) x0 = LOAD_VECTOR(x + i), x1 = LOAD_VECTOR(x + i + L); \
                N(vector) x2 = LOAD_VECTOR(x + i + 2 * L), x3 = LOAD_VECTOR(x + i + 3 * L); \
                s0 = CHOOSE(x0 COMPARE s0, x0, s0); \
                s1 = CHOOSE(x1 COMPARE s1, x1, s1); \
                s2 = CHOOSE(x2 COMPARE s2, x2, s2); \
                s3 = CHOOSE(x3 COMPARE s3, x3, s3); \
                n0 = __builtin_elementwise_max(n0, (N(words))x0 & N(no_sign)); \
                n1 = __builtin_elementwise_max(n1, (N(words))x1 & N(no_sign)); \
                n0 = __builtin_elementwise_max(n0, (N(words))x2 & N(no_sign)); \
                n1 = __builtin_elementwise_max(n1, (N(words))x3 & N(no_sign)); \
            } \
            for (; i + L <= count; i += L) { \
                N(vector) x0 = LOAD_VECTOR(x + i); \
                s0 = CHOOSE(x0 COMPARE s0, x0, s0); \
                n0 = __builtin_elementwise_max(n0, (N(words))x0 & N(no_sign)); \
            } \
            s0 = CHOOSE(s1 COMPARE s0, s1, s0); \
            s2 = CHOOSE(s3 COMPARE s2, s3, s2); \
            s0 = CHOOSE(s2 COMPARE s0, s2, s0); \
            n0 = __builtin_elementwise_max(n0, n1); \
            for (int half = L / 2; half > 0; half /= 2) { \
                for (int l = 0; l < half; l++) { \
                    s0[l] = COMBINE(s0[l], s0[l + half]); \
                    n0[l] = GREATER(n0[l], n0[l + half]); \
                } \
            } \
            best = s0[0]; \
            size = n0[0]; \
        } \
        for (; i < count; i++) { \
            N(word) bits; \
            memcpy(&bits, &x[i], sizeof bits); \
            bits &= N(no_sign); \
            size = GREATER(size, bits); \
            best = COMBINE(best, x[i]); \
        } \
        return size > N(infinity) ? (T)NAN : best; \
    }
typedef N(word) N(words) __attribute__((vector_size(64), aligned(sizeof(T))));
EXTREME(greatest, LOWEST, GREATER, >)
EXTREME(least, HIGHEST, LESSER, <)
#undef EXTREME
#undef CHOOSE
#else
FOLD(fold_maximum, LOWEST, PLAIN, GREATER, __builtin_elementwise_max)
FOLD(fold_minimum, HIGHEST, PLAIN, LESSER, __builtin_elementwise_min)
INLINE T N(greatest)(int64_t count, const T *x) { return N(fold_maximum)(count, x, 0); }
INLINE T N(least)(int64_t count, const T *x) { return N(fold_minimum)(count, x, 0); }
#endif

INLINE T N(extreme)(bool greatest, int64_t count, const T *x) {
    return greatest ? N(greatest)(count, x) : N(least)(count, x);
}

HOT static void N(row)(mt_reduce_op op, int64_t count, const void *values, int64_t index,
                       int64_t step, mt_state *state) {
    const T *x = values;
    mt_state piece = {{0}, {0}, 0};
    switch (op) {
    case MT_SUM: piece.value.MEMBER = N(fold_sum)(count, x, 0); break;
    case MT_NORM: piece.value.MEMBER = N(fold_distances)(count, x, 0); break;
    case MT_PROD: piece.value.MEMBER = N(fold_product)(count, x, 0); break;
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
    case MT_VARIANCE: {
        T mean = N(fold_sum)(count, x, 0) / (T)count;
        piece.value.real = (double)mean;
        piece.second.real = (double)N(fold_distances)(count, x, mean);
        piece.count = count;
        break;
    }
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

#define OF_TWO(a, b, compare) ((b)compare(a) || (b) != (b) ? (b) : (a))
#define EXTREME_ROWS(compare) \
    for (; row + 4 <= rows; row += 4) { \
        const T *x0 = x + row * stride, *x1 = x0 + stride, *x2 = x1 + stride, *x3 = x2 + stride; \
        VECTOR for (int64_t j = 0; j < columns; j++) { \
            const T a = OF_TWO(x0[j], x1[j], compare), b = OF_TWO(x2[j], x3[j], compare); \
            const T c = OF_TWO(a, b, compare); \
            value[j] = OF_TWO(value[j], c, compare); \
        } \
    } \
    EACH_ROW(value[j] = OF_TWO(value[j], y, compare);)

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

#if REAL
// The means and squared distances of some rows, joined to those of the rows before.
INLINE void N(add_variances)(int64_t rows, int64_t columns, const T *x, int64_t stride,
                             mt_columns *sums) {
    T *value = (T *)sums->value, *second = (T *)sums->second;
    T mean[MT_REDUCE_COLUMNS], squares[MT_REDUCE_COLUMNS];
    for (int64_t j = 0; j < columns; j++) mean[j] = squares[j] = 0;
    for (int64_t row = 0; row < rows; row++) {
        const T *in = x + row * stride;
        VECTOR for (int64_t j = 0; j < columns; j++) mean[j] += in[j];
    }
    VECTOR for (int64_t j = 0; j < columns; j++) mean[j] /= (T)rows;
    for (int64_t row = 0; row < rows; row++) {
        const T *in = x + row * stride;
        VECTOR for (int64_t j = 0; j < columns; j++) squares[j] +=
            (in[j] - mean[j]) * (in[j] - mean[j]);
    }
    T part = (T)((double)rows / (double)(sums->rows + rows)), weight = (T)sums->rows * part;
    VECTOR for (int64_t j = 0; j < columns; j++) {
        const T distance = mean[j] - value[j];
        value[j] += distance * part;
        second[j] += squares[j] + distance * distance * weight;
    }
    sums->rows += rows;
}
#endif

#define BETTER(compare) (where[j] < 0 || y compare value[j] || (y != y && value[j] == value[j]))

HOT static void N(column)(mt_reduce_op op, int64_t rows, int64_t columns, const void *values,
                          int64_t stride, int64_t index, int64_t step, mt_columns *sums) {
    const T *x = values;
    T *value = (T *)sums->value, *second = (T *)sums->second;
    int64_t *where = (int64_t *)sums->second, row = 0;
    (void)second;
    switch (op) {
    case MT_SUM: ADD_ROWS(PLAIN) break;
    case MT_NORM: ADD_ROWS(SQUARED) break;
    case MT_PROD: EACH_ROW(value[j] *= y;) break;
    case MT_MAX: EXTREME_ROWS(>) break;
    case MT_MIN: EXTREME_ROWS(<) break;
    case MT_ARGMAX:
        EACH_ROW(bool take = BETTER(>); value[j] = take ? y : value[j];
                 where[j] = take ? place : where[j];)
        break;
    case MT_ARGMIN:
        EACH_ROW(bool take = BETTER(<); value[j] = take ? y : value[j];
                 where[j] = take ? place : where[j];)
        break;
#if REAL
    case MT_VARIANCE:
        for (; row < rows; row += 64) // twice through rows that stay in the cache
            N(add_variances)(min64(64, rows - row), columns, x + row * stride, stride, sums);
        break;
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
    sums->rows = 0;
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
        part.count = sums->rows;
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
#undef DISTANCE
#undef PLUS
#undef TIMES
#undef GREATER
#undef LESSER
#undef ADD_ROWS
#undef EACH_ROW
#undef OF_TWO
#undef EXTREME_ROWS
#undef BETTER
