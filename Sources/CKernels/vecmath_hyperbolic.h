// Hyperbolic functions of float32 and their inverses, without branches or calls; within about 3
// ulp.
#ifndef MARTLET_VECMATH_HYPERBOLIC_H
#define MARTLET_VECMATH_HYPERBOLIC_H

#include "vecmath.h"

INLINE float vec_sinh(float x) {
    float size = __builtin_fabsf(x);
    float q = vec_expm1(size > 10.0f ? 10.0f : size);
    float result = 0.5f * (q + q / (q + 1.0f));
    result = size > 10.0f ? exp_halved(size, 1) : result;
    return x != x ? x : __builtin_copysignf(result, x);
}

INLINE float vec_cosh(float x) {
    float size = __builtin_fabsf(x);
    return exp_halved(size, 1) + exp_halved(-size, 1);
}

#define LOG_2 0x1.62e43p-1f

// Above this 1 + x^2 is x^2.
#define HYPERBOLIC_FAR 0x1p+14f

INLINE float vec_asinh(float x) {
    float size = __builtin_fabsf(x), near = size > HYPERBOLIC_FAR ? 1.0f : size;
    float square = near * near;
    float result = vec_log1p(near + square / (1.0f + __builtin_elementwise_sqrt(1.0f + square)));
    result = size > HYPERBOLIC_FAR ? vec_log(size) + LOG_2 : result;
    return x != x ? x : __builtin_copysignf(result, x);
}

INLINE float vec_acosh(float x) {
    bool far = x > HYPERBOLIC_FAR;
    float t = (far ? 1.0f : x) - 1.0f;
    float result = vec_log1p(t + __builtin_elementwise_sqrt(t * (t + 2.0f)));
    result = far ? vec_log(x) + LOG_2 : result;
    return x >= 1.0f ? result : __builtin_nanf("");
}

INLINE float vec_atanh(float x) {
    float size = __builtin_fabsf(x);
    float result = 0.5f * vec_log1p(2.0f * size / (1.0f - size));
    result = size == 1.0f ? __builtin_inff() : result;
    return size <= 1.0f ? __builtin_copysignf(result, x) : __builtin_nanf("");
}

#endif
