// The reduction kernels by computing type. float16 and bfloat16 compute in float32; integers and
// bool in int64.
#include <math.h>

#include "floating_math.h"
#include "reduce.h"

// double's exponentials are calls.
#pragma clang diagnostic ignored "-Wpass-failed"
// The tests for NaN are about floating types only.
#pragma clang diagnostic ignored "-Wtautological-compare"

mt_state mt_state_start(mt_reduce_op op, bool real) {
    mt_state state = {{0}, {0}, 0};
    switch (op) {
    case MT_PROD:
        if (real) {
            state.value.real = 1;
        } else {
            state.value.whole = 1;
        }
        break;
    case MT_MAX:
    case MT_ARGMAX:
    case MT_LOGSUMEXP:
        if (real) {
            state.value.real = -(double)INFINITY;
        } else {
            state.value.whole = INT64_MIN;
        }
        break;
    case MT_MIN:
    case MT_ARGMIN:
        if (real) {
            state.value.real = (double)INFINITY;
        } else {
            state.value.whole = INT64_MAX;
        }
        break;
    default: break;
    }
    if (op == MT_ARGMAX || op == MT_ARGMIN) state.second.whole = -1;
    return state;
}

static void join_real(mt_reduce_op op, mt_state *state, const mt_state *later) {
    double a = state->value.real, b = later->value.real;
    switch (op) {
    case MT_PROD: state->value.real = a * b; break;
    case MT_MAX: state->value.real = a > b || a != a ? a : b; break;
    case MT_MIN: state->value.real = a < b || a != a ? a : b; break;
    case MT_ARGMAX:
    case MT_ARGMIN: {
        bool better = op == MT_ARGMAX ? b > a : b < a;
        bool same = b == a || (b != b && a != a);
        if (state->second.whole < 0 || better || (b != b && a == a) ||
            (same && later->second.whole >= 0 && later->second.whole < state->second.whole))
            *state = *later;
        break;
    }
    case MT_LOGSUMEXP: {
        double most = a > b || a != a ? a : b;
        double kept = a == most ? 1 : exp(a - most), added = b == most ? 1 : exp(b - most);
        state->second.real = state->second.real * kept + later->second.real * added;
        state->value.real = most;
        break;
    }
    case MT_VARIANCE: { // Chan, Golub and LeVeque 1979
        int64_t count = state->count + later->count;
        if (count == 0) break;
        double distance = b - a, part = (double)later->count / (double)count;
        state->value.real = a + distance * part;
        state->second.real +=
            later->second.real + distance * distance * part * (double)state->count;
        state->count = count;
        break;
    }
    default: state->value.real = a + b; break;
    }
}

static void join_whole(mt_reduce_op op, mt_state *state, const mt_state *later) {
    int64_t a = state->value.whole, b = later->value.whole;
    switch (op) {
    case MT_PROD: state->value.whole = (int64_t)((uint64_t)a * (uint64_t)b); break;
    case MT_MAX: state->value.whole = a > b ? a : b; break;
    case MT_MIN: state->value.whole = a < b ? a : b; break;
    case MT_ARGMAX:
    case MT_ARGMIN:
        if (state->second.whole < 0 || (op == MT_ARGMAX ? b > a : b < a) ||
            (a == b && later->second.whole >= 0 && later->second.whole < state->second.whole))
            *state = *later;
        break;
    default: state->value.whole = (int64_t)((uint64_t)a + (uint64_t)b); break;
    }
}

void mt_state_join(mt_reduce_op op, bool real, mt_state *state, const mt_state *later) {
    if (real) {
        join_real(op, state, later);
    } else {
        join_whole(op, state, later);
    }
}

typedef uint32_t float_word;
typedef uint64_t double_word;
static const float_word float_no_sign = 0x7fffffff, float_infinity = 0x7f800000;
static const double_word double_no_sign = 0x7fffffffffffffff, double_infinity = 0x7ff0000000000000;

#define T float
#define REAL 1
#define MEMBER real
#define LOWEST (-INFINITY)
#define HIGHEST INFINITY
#define FN(name) name##_float
#define N(name) float_##name
#include "reduce_body.h"
#undef T
#undef LOWEST
#undef HIGHEST
#undef FN
#undef N

#define T double
#define LOWEST (-(double)INFINITY)
#define HIGHEST ((double)INFINITY)
#define FN(name) name##_double
#define N(name) double_##name
#include "reduce_body.h"
#undef T
#undef REAL
#undef MEMBER
#undef LOWEST
#undef HIGHEST
#undef FN
#undef N

#define T int64_t
#define REAL 0
#define MEMBER whole
#define LOWEST INT64_MIN
#define HIGHEST INT64_MAX
#define N(name) int64_##name
#include "reduce_body.h"

const mt_reduce_kernels *mt_reduce_kernels_of(mt_dtype computing) {
    switch (computing) {
    case MT_FLOAT32: return &float_kernels;
    case MT_FLOAT64: return &double_kernels;
    default: return &int64_kernels;
    }
}
