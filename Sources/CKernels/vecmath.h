// float32 functions without branches or calls, so that loops over them vectorise; within about 2
// ulp.
//
// The polynomials are minimax fits, relative error, over the reduced ranges given. Special values
// (NaN, infinities, zeros, results that are denormal) come out as the C library's.
#ifndef MARTLET_VECMATH_H
#define MARTLET_VECMATH_H

#include "internal.h"

INLINE uint32_t float_bits(float x) {
    uint32_t bits;
    memcpy(&bits, &x, 4);
    return bits;
}

INLINE float float_of_bits(uint32_t bits) {
    float x;
    memcpy(&x, &bits, 4);
    return x;
}

// 2^n for n in -126...127; n comes as an unsigned number that wraps.
INLINE float power_of_two(uint32_t n) { return float_of_bits((n + 127u) << 23); }

// Adding this rounds to the nearest integer, which is then in the low bits.
#define ROUNDER 12582912.0f

// (e^r - 1 - r) / r^2 on |r| <= ln(2) / 2.
INLINE float exp_tail(float r) {
    float p = 0x1.a1bd5cp-13f;
    p = p * r + 0x1.6d9e3ep-10f;
    p = p * r + 0x1.11107ap-7f;
    p = p * r + 0x1.555478p-5f;
    p = p * r + 0x1.555556p-3f;
    return p * r + 0.5f;
}

// x = n ln(2) + r; returns r, n wraps.
INLINE float exp_reduce(float x, uint32_t *n) {
    float shifted = x * 0x1.715476p+0f + ROUNDER;
    float count = shifted - ROUNDER;
    *n = float_bits(shifted) - float_bits(ROUNDER);
    return (x - count * 0x1.62e4p-1f) - count * 0x1.7f7d1cp-20f;
}

// p 2^n in two factors, for the ends of the range; the shift keeps the sign.
INLINE float scale_by_power(float p, uint32_t n) {
    uint32_t half = (uint32_t)((int32_t)n >> 1);
    return p * power_of_two(half) * power_of_two(n - half);
}

// e^x 2^-halvings.
INLINE float exp_halved(float x, uint32_t halvings) {
    float clamped = x > 90.0f ? 90.0f : x;
    clamped = clamped < -104.0f ? -104.0f : clamped;
    uint32_t n;
    float r = exp_reduce(clamped, &n);
    return scale_by_power(1.0f + (r + r * r * exp_tail(r)), n - halvings);
}

INLINE float vec_exp(float x) { return exp_halved(x, 0); }

INLINE float vec_exp2(float x) {
    float clamped = x > 130.0f ? 130.0f : x;
    clamped = clamped < -151.0f ? -151.0f : clamped;
    float shifted = clamped + ROUNDER;
    float r = (clamped - (shifted - ROUNDER)) * 0x1.62e43p-1f;
    return scale_by_power(1.0f + (r + r * r * exp_tail(r)),
                          float_bits(shifted) - float_bits(ROUNDER));
}

INLINE float vec_expm1(float x) {
    float clamped = x > 89.0f ? 89.0f : x;
    clamped = clamped < -18.0f ? -18.0f : clamped;
    uint32_t n;
    float r = exp_reduce(clamped, &n);
    float q = r + r * r * exp_tail(r);
    float half = power_of_two(n - 1u); // 2^128 itself is not a float
    float result = (q * half + (half - 0.5f)) * 2.0f;
    return n == 0 ? (r == 0.0f ? x : q) : result;
}

// x = 2^n m with m in [sqrt(1/2), sqrt(2)); positive x that are normal.
INLINE float log_reduce(float x, float *n) {
    uint32_t bits = float_bits(x) - 0x3f3504f3u;
    *n = (float)((int32_t)bits >> 23);
    return float_of_bits((bits & 0x007fffffu) + 0x3f3504f3u);
}

// log(1 + f) - f on the reduced range.
INLINE float log_tail(float f) {
    float p = 0x1.14573ep-4f;
    p = p * f - 0x1.de3bf8p-4f;
    p = p * f + 0x1.e6f08cp-4f;
    p = p * f - 0x1.fc220ep-4f;
    p = p * f + 0x1.233766p-3f;
    p = p * f - 0x1.555c4ep-3f;
    p = p * f + 0x1.99a4b6p-3f;
    p = p * f - 0x1.000006p-2f;
    p = p * f + 0x1.555548p-2f;
    float square = f * f;
    return p * f * square - 0.5f * square;
}

INLINE float log_special(float x, float result) {
    result = x == __builtin_inff() ? x : result;
    result = x == 0.0f ? -__builtin_inff() : result;
    return x < 0.0f || x != x ? __builtin_nanf("") : result;
}

INLINE float vec_log(float x) {
    bool tiny = x < 0x1p-126f;
    float n, m = log_reduce(tiny ? x * 0x1p+24f : x, &n);
    n = tiny ? n - 24.0f : n;
    float f = m - 1.0f;
    return log_special(x, n * 0x1.62e4p-1f + (f + (log_tail(f) + n * 0x1.7f7d1cp-20f)));
}

INLINE float vec_log2(float x) {
    bool tiny = x < 0x1p-126f;
    float n, m = log_reduce(tiny ? x * 0x1p+24f : x, &n);
    n = tiny ? n - 24.0f : n;
    float f = m - 1.0f;
    float natural = f + log_tail(f);
    return log_special(x, n + (natural * 0x1.715476p+0f + natural * 0x1.4ae0cp-26f));
}

INLINE float vec_log10(float x) { return vec_log(x) * 0x1.bcb7b2p-2f; }

INLINE float vec_log1p(float x) {
    float u = 1.0f + x;
    // What rounding 1 + x lost, to first order.
    float lost = (x - (u - 1.0f)) / u;
    float result = vec_log(u) + lost;
    result = u == __builtin_inff() || x <= -1.0f ? vec_log(u) : result;
    return u == 1.0f ? x : result;
}

INLINE float vec_tanh(float x) {
    float size = __builtin_fabsf(x);
    float clamped = size > 10.0f ? 10.0f : size;
    float q = vec_expm1(2.0f * clamped);
    return __builtin_copysignf(q / (q + 2.0f), x);
}

INLINE float vec_sigmoid(float x) { return 1.0f / (1.0f + vec_exp(-x)); }

// erf(x) for |x| <= 1.
INLINE float erf_small(float x) {
    float t = x * x;
    float p = -0x1.44cfbep-17f;
    p = p * t + 0x1.d8b88ep-14f;
    p = p * t - 0x1.bcd7dep-11f;
    p = p * t + 0x1.562b1ap-8f;
    p = p * t - 0x1.b829d8p-6f;
    p = p * t + 0x1.ce2f0ap-4f;
    p = p * t - 0x1.812746p-2f;
    p = p * t + 0x1.06eba8p-3f;
    return x + x * p;
}

// erf(x) for x >= 1, from a fit of log(erfc(x)) + x^2 on 1...4.
INLINE float erf_large(float x) {
    x = x > 4.0f ? 4.0f : x;
    float p = -0x1.6c06a6p-16f;
    p = p * x + 0x1.ceeafcp-12f;
    p = p * x - 0x1.1398fep-8f;
    p = p * x + 0x1.9d0bd6p-6f;
    p = p * x - 0x1.bc18d0p-4f;
    p = p * x + 0x1.779620p-2f;
    p = p * x - 0x1.212c2cp+0f;
    p = p * x + 0x1.8b3ee0p-13f;
    return 1.0f - vec_exp(p - x * x);
}

INLINE float vec_erf(float x) {
    float size = __builtin_fabsf(x);
    float result = size < 1.0f ? erf_small(size) : erf_large(size);
    return __builtin_copysignf(result, x);
}

// erfc(x) e^(x^2) (x + 2) for x >= 1/2, as a polynomial in s = 1 / (x + 2).
INLINE float erfc_tail(float s) {
    float p = -0x1.f0093ep+4f;
    p = p * s + 0x1.119a14p+5f;
    p = p * s + 0x1.ffd6f8p+3f;
    p = p * s - 0x1.152a1ep+5f;
    p = p * s + 0x1.35192cp+3f;
    p = p * s + 0x1.3b9accp-1f;
    p = p * s + 0x1.8ac9e4p+1f;
    p = p * s + 0x1.f44880p+0f;
    p = p * s + 0x1.211762p+0f;
    return p * s + 0x1.20db52p-1f;
}

INLINE float vec_erfc(float x) {
    float size = __builtin_fabsf(x);
    float limited = size > 11.0f ? 11.0f : size;
    float s = 1.0f / (limited + 2.0f), square = limited * limited;
    float lost = __builtin_fmaf(limited, limited, -square); // what rounding the square left out
    float e = vec_exp(-square);
    float tail = s * erfc_tail(s) * (e - e * lost);
    float result = x < 0.0f ? 2.0f - tail : tail;
    result = size < 0.5f ? 1.0f - erf_small(x) : result;
    return x != x ? x : result;
}

#endif
