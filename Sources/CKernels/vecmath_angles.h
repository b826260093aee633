// Circular functions of float32 and their inverses, without branches or calls; within about 2 ulp.
#ifndef MARTLET_VECMATH_ANGLES_H
#define MARTLET_VECMATH_ANGLES_H

#include "vecmath.h"

// The largest |x| that vec_sin, vec_cos and vec_tan reduce well.
#define VEC_SIN_LIMIT 8192.0f

// x = n pi/2 + r.
INLINE float sin_reduce(float x, uint32_t *n) {
    float shifted = x * 0x1.45f306p-1f + ROUNDER;
    float count = shifted - ROUNDER;
    *n = float_bits(shifted) - float_bits(ROUNDER);
    // pi/2 in four parts, the first three short enough for exact products.
    float r = x - count * 0x1.92p+0f;
    r = r - count * 0x1.fb4p-12f;
    r = r - count * 0x1.4442dp-24f;
    return r - count * 0x1.84698ap-48f;
}

INLINE float sin_of_quarter(float r, uint32_t n) {
    float t = r * r;
    float s = 0x1.6ca4e2p-19f;
    s = s * t - 0x1.a00ec4p-13f;
    s = s * t + 0x1.111108p-7f;
    s = s * t - 0x1.555556p-3f;
    s = r + r * t * s;
    float c = -0x1.2404a0p-22f;
    c = c * t + 0x1.a01066p-16f;
    c = c * t - 0x1.6c16b8p-10f;
    c = c * t + 0x1.555556p-5f;
    c = 1.0f + (t * t * c - 0.5f * t);
    float result = (n & 1u) ? c : s;
    return (n & 2u) ? -result : result;
}

// tan(r) for |r| <= pi / 4.
INLINE float tan_of_quarter(float r) {
    float t = r * r;
    float p = 0x1.36df4cp-7f;
    p = p * t + 0x1.82b566p-9f;
    p = p * t + 0x1.91f8b2p-6f;
    p = p * t + 0x1.b54f3cp-5f;
    p = p * t + 0x1.112f84p-3f;
    p = p * t + 0x1.5554d6p-2f;
    return r + r * t * p;
}

INLINE float vec_sin(float x) {
    uint32_t n;
    float r = sin_reduce(x, &n);
    return x == 0.0f ? x : sin_of_quarter(r, n);
}

INLINE float vec_cos(float x) {
    uint32_t n;
    float r = sin_reduce(x, &n);
    return sin_of_quarter(r, n + 1u);
}

INLINE float vec_tan(float x) {
    uint32_t n;
    float r = sin_reduce(x, &n);
    float t = tan_of_quarter(r);
    float result = (n & 1u) ? -1.0f / t : t;
    return x == 0.0f ? x : result;
}

#define HALF_PI 0x1.921fb6p+0f
#define HALF_PI_REST -0x1.777a5cp-25f // pi / 2 less HALF_PI

// atan(x) for 0 <= x <= 1.
INLINE float atan_of_one(float x) {
    float t = x * x;
    float p = -0x1.defc4ap-10f;
    p = p * t + 0x1.6a8e34p-7f;
    p = p * t - 0x1.01aee6p-5f;
    p = p * t + 0x1.dd0e38p-5f;
    p = p * t - 0x1.58dc4ap-4f;
    p = p * t + 0x1.c0d278p-4f;
    p = p * t - 0x1.2426f8p-3f;
    p = p * t + 0x1.999276p-3f;
    p = p * t - 0x1.555540p-2f;
    return x + x * t * p;
}

INLINE float vec_atan(float x) {
    float size = __builtin_fabsf(x);
    bool beyond = size > 1.0f;
    float a = atan_of_one(beyond ? 1.0f / size : size);
    return __builtin_copysignf(beyond ? HALF_PI - (a - HALF_PI_REST) : a, x);
}

// The angle of the point (x, y).
INLINE float vec_atan2(float y, float x) {
    float across = __builtin_fabsf(x), up = __builtin_fabsf(y);
    bool steep = up > across;
    float small = steep ? across : up, great = steep ? up : across;
    float ratio = small / great;
    ratio = small == great ? 1.0f : ratio; // two infinities
    ratio = great == 0.0f ? 0.0f : ratio;
    float a = atan_of_one(ratio);
    a = steep ? HALF_PI - (a - HALF_PI_REST) : a;
    bool left = (float_bits(x) >> 31) != 0;
    a = left ? 2 * HALF_PI - (a - 2 * HALF_PI_REST) : a;
    a = __builtin_copysignf(a, y);
    return x != x || y != y ? x + y : a;
}

// asin(x) for 0 <= x <= 1/2, given x and its square.
INLINE float asin_of_half(float x, float t) {
    float p = 0x1.59dab6p-5f;
    p = p * t + 0x1.8ba26cp-6f;
    p = p * t + 0x1.748c62p-5f;
    p = p * t + 0x1.33014ep-4f;
    p = p * t + 0x1.5555cap-3f;
    return x + x * t * p;
}

INLINE float vec_asin(float x) {
    float size = __builtin_fabsf(x);
    bool beyond = size > 0.5f;
    // asin(x) = pi / 2 - 2 asin(sqrt((1 - x) / 2)).
    float t = beyond ? 0.5f * (1.0f - size) : size * size;
    float root = beyond ? __builtin_elementwise_sqrt(t) : size;
    float a = asin_of_half(root, t);
    return __builtin_copysignf(beyond ? HALF_PI - (2.0f * a - HALF_PI_REST) : a, x);
}

INLINE float vec_acos(float x) {
    float size = __builtin_fabsf(x);
    bool beyond = size > 0.5f;
    float t = beyond ? 0.5f * (1.0f - size) : size * size;
    float root = beyond ? __builtin_elementwise_sqrt(t) : size;
    float a = asin_of_half(root, t);
    float near = x < 0.0f ? 2.0f * HALF_PI - (2.0f * a - 2.0f * HALF_PI_REST) : 2.0f * a;
    float far = HALF_PI - ((x < 0.0f ? -a : a) - HALF_PI_REST);
    return beyond ? near : far;
}

#endif
