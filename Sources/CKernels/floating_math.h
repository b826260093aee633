// The functions that the floating-point kernels are made of, by the type's name: own ones for
// float, libm for double.
#ifndef MARTLET_FLOATING_MATH_H
#define MARTLET_FLOATING_MATH_H

#include <math.h>

#include "special_math.h"
#include "vecmath.h"
#include "vecmath_angles.h"
#include "vecmath_hyperbolic.h"
#include "vecmath_wide.h"

#define OWN(name) \
    INLINE float name##_float(float x) { return vec_##name(x); } \
    INLINE double name##_double(double x) { return name(x); }
#define OWN_OF_TWO(name) \
    INLINE float name##_float(float x, float y) { return vec_##name(x, y); } \
    INLINE double name##_double(double x, double y) { return name(x, y); }
#define LIBRARY_OF_TWO(name) \
    INLINE float name##_float(float x, float y) { return name##f(x, y); } \
    INLINE double name##_double(double x, double y) { return name(x, y); }
#define INSTRUCTION(name) \
    INLINE float name##_float(float x) { return __builtin_elementwise_##name(x); } \
    INLINE double name##_double(double x) { return __builtin_elementwise_##name(x); }

#define SPECIAL(name) \
    INLINE float name##_float(float x) { return (float)mt_##name(x); } \
    INLINE double name##_double(double x) { return mt_##name(x); }

OWN(exp)
OWN(expm1)
OWN(log)
OWN(log2)
OWN(log10)
OWN(log1p)
OWN(tanh)
OWN(erf)
OWN(erfc)
OWN(exp2)
OWN(asin)
OWN(acos)
OWN(atan)
OWN(sinh)
OWN(cosh)
OWN(asinh)
OWN(acosh)
OWN(atanh)
SPECIAL(digamma)
SPECIAL(trigamma)
SPECIAL(erfinv)
OWN_OF_TWO(pow)
OWN_OF_TWO(atan2)
OWN_OF_TWO(hypot)
LIBRARY_OF_TWO(copysign)
INLINE float gamma_slope_float(float x, float y) { return (float)mt_gamma_slope(x, y); }
INLINE double gamma_slope_double(double x, double y) { return mt_gamma_slope(x, y); }
INSTRUCTION(sqrt)
INSTRUCTION(floor)
INSTRUCTION(ceil)
INSTRUCTION(roundeven)
INSTRUCTION(trunc)
INSTRUCTION(abs)

#undef OWN
#undef OWN_OF_TWO
#undef SPECIAL
#undef LIBRARY_OF_TWO
#undef INSTRUCTION

#define SELU_SCALE 1.0507009873554804934193349852946
#define SELU_ALPHA 1.6732632423543772848170429916717
#define SQRT_HALF 0.70710678118654752440
#define NORMAL_DENSITY_0 0.39894228040143267794 // 1 / sqrt(2 pi)
#define GELU_SCALE 0.79788456080286535588       // sqrt(2 / pi)
#define GELU_CUBIC 0.044715

// Composite functions for both types.
#define COMPOSITES(T) \
    INLINE T sign_##T(T x) { return (T)((x > 0) - (x < 0)); } \
    INLINE T sigmoid_##T(T x) { return 1 / (1 + exp_##T(-x)); } \
    INLINE T logsigmoid_##T(T x) { return (x < 0 ? x : (T)0) - log1p_##T(exp_##T(-abs_##T(x))); } \
    INLINE T softplus_##T(T x, T beta, T threshold) { \
        return x * beta > threshold ? x : log1p_##T(exp_##T(x * beta)) / beta; \
    } \
    INLINE T clamp_##T(T x, T least, T most) { \
        T raised = x < least ? least : x; \
        return raised > most ? most : raised; \
    } \
    INLINE T gelu_##T(T x) { return (T)0.5 * x * (1 + erf_##T(x * (T)SQRT_HALF)); } \
    INLINE T gelu_grad_##T(T x) { \
        T below = (T)0.5 * (1 + erf_##T(x * (T)SQRT_HALF)); \
        return below + x * (T)NORMAL_DENSITY_0 * exp_##T((T)-0.5 * x * x); \
    } \
    INLINE T gelu_tanh_##T(T x) { \
        T inner = (T)GELU_SCALE * (x + (T)GELU_CUBIC * x * x * x); \
        return (T)0.5 * x * (1 + tanh_##T(inner)); \
    } \
    INLINE T gelu_tanh_grad_##T(T x) { \
        T t = tanh_##T((T)GELU_SCALE * (x + (T)GELU_CUBIC * x * x * x)); \
        T slope = (T)GELU_SCALE * (1 + 3 * (T)GELU_CUBIC * x * x); \
        return (T)0.5 * (1 + t) + (T)0.5 * x * (1 - t * t) * slope; \
    } \
    INLINE T silu_grad_##T(T x) { \
        T s = sigmoid_##T(x); \
        return s * (1 + x * (1 - s)); \
    } \
    /* tanh(softplus(x)) = n / (n + 2) with n = e^x (e^x + 2). */ \
    INLINE T mish_gate_##T(T x) { \
        T e = exp_##T(x > 20 ? (T)20 : x), n = e * (e + 2); \
        return x > 20 ? (T)1 : n / (n + 2); \
    } \
    INLINE T mish_grad_##T(T x) { \
        T gate = mish_gate_##T(x); \
        return gate + x * (1 - gate * gate) * sigmoid_##T(x); \
    } \
    INLINE T hardsigmoid_##T(T x) { return clamp_##T(x + 3, 0, 6) / 6; } \
    /* The quotient rounded down and the rest with the divisor's sign, given fmod(x, y). */ \
    INLINE T floor_div_##T(T x, T y, T rest) { \
        T quotient = x / y, whole = (x - rest) / y; \
        whole = rest != 0 && (y < 0) != (rest < 0) ? whole - 1 : whole; \
        T floored = floor_##T(whole); \
        floored = whole - floored > (T)0.5 ? floored + 1 : floored; \
        floored = whole == 0 ? copysign_##T(0, quotient) : floored; \
        return y == 0 ? quotient : floored; \
    } \
    INLINE T modulo_##T(T y, T rest) { \
        return rest != 0 && (y < 0) != (rest < 0) ? rest + y : rest; \
    }
COMPOSITES(float)
COMPOSITES(double)
#undef COMPOSITES

#endif
