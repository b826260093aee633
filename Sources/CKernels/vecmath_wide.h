// float32 functions that need more digits on the way and compute in double, without branches or
// calls.
#ifndef MARTLET_VECMATH_WIDE_H
#define MARTLET_VECMATH_WIDE_H

#include "vecmath.h"

INLINE uint64_t double_bits(double x) {
    uint64_t bits;
    memcpy(&bits, &x, 8);
    return bits;
}

INLINE double double_of_bits(uint64_t bits) {
    double x;
    memcpy(&x, &bits, 8);
    return x;
}

// Adding this rounds a double to the nearest integer, which is then in the low bits.
#define WIDE_ROUNDER 0x1.8p+52

// log(x) of a positive number that is normal, to about 1e-16 beside the result's own rounding;
// infinity and 0 as they should.
INLINE double wide_log(double x) {
    uint64_t bits = double_bits(x) - 0x3fe6a09e667f3bcdu; // sqrt(1/2)
    // The exponent, sign-extended, becomes a double by way of the rounder's low bits.
    double n =
        double_of_bits(double_bits(WIDE_ROUNDER) + (uint64_t)((int64_t)bits >> 52)) - WIDE_ROUNDER;
    double m = double_of_bits((bits & 0x000fffffffffffffu) + 0x3fe6a09e667f3bcdu);
    double s = (m - 1) / (m + 1), t = s * s;
    double p = 1.0 / 21; // the series of 2 atanh(s)
    p = p * t + 1.0 / 19;
    p = p * t + 1.0 / 17;
    p = p * t + 1.0 / 15;
    p = p * t + 1.0 / 13;
    p = p * t + 1.0 / 11;
    p = p * t + 1.0 / 9;
    p = p * t + 1.0 / 7;
    p = p * t + 1.0 / 5;
    p = p * t + 1.0 / 3;
    double result = n * 0x1.62e42fefa39efp-1 + 2 * (s + s * t * p);
    result = x == __builtin_inf() ? x : result;
    return x == 0 ? -__builtin_inf() : result;
}

// e^x, to about 1e-10 of itself, for |x| up to 700.
INLINE double wide_exp(double x) {
    double shifted = x * 0x1.71547652b82fep+0 + WIDE_ROUNDER;
    double n = shifted - WIDE_ROUNDER;
    double r = x - n * 0x1.62e42fefa39efp-1;
    double p = 1.0 / 40320;
    p = p * r + 1.0 / 5040;
    p = p * r + 1.0 / 720;
    p = p * r + 1.0 / 120;
    p = p * r + 1.0 / 24;
    p = p * r + 1.0 / 6;
    p = p * r + 1.0 / 2;
    p = 1 + (r + r * r * p);
    return p * double_of_bits((double_bits(shifted) - double_bits(WIDE_ROUNDER) + 1023) << 52);
}

INLINE float vec_pow(float x, float y) {
    double l = (double)y * wide_log(__builtin_fabs((double)x));
    l = l > 200 ? 200 : l;
    l = l < -200 ? -200 : l;
    float size = (float)wide_exp(l);
    bool whole = __builtin_elementwise_trunc(y) == y;
    float half = 0.5f * y;
    bool odd = whole && __builtin_elementwise_trunc(half) != half;
    float signed_size = odd ? __builtin_copysignf(size, x) : size;
    bool negative = x < 0.0f && x > -__builtin_inff();
    float result = negative && !whole ? __builtin_nanf("") : signed_size;
    bool unit = x == -1.0f && __builtin_fabsf(y) == __builtin_inff();
    result = x != x ? x : result;
    return y == 0.0f || x == 1.0f || unit ? 1.0f : result;
}

INLINE float vec_hypot(float x, float y) {
    double a = x, b = y;
    float result = (float)__builtin_elementwise_sqrt(a * a + b * b);
    bool infinite =
        __builtin_fabsf(x) == __builtin_inff() || __builtin_fabsf(y) == __builtin_inff();
    return infinite ? __builtin_inff() : result;
}

// Whether vec_fmod is exact: up to here quotient times y is an exact double. NaN is not.
INLINE bool fmod_is_exact(float x, float y) {
    return __builtin_fabsf(x) < 0x1p+28f * __builtin_fabsf(y) && __builtin_fabsf(y) < 0x1p+120f;
}

INLINE float vec_fmod(float x, float y) {
    double a = __builtin_fabs((double)x), b = __builtin_fabs((double)y);
    double rest = a - __builtin_elementwise_trunc(a / b) * b;
    rest = rest < 0 ? rest + b : rest; // the quotient was rounded up to the next integer
    return __builtin_copysignf((float)rest, x);
}

// sin(pi x), by what x is more than an integer.
INLINE double wide_sin_pi(double x) {
    double f = x - __builtin_elementwise_roundeven(x);
    double r = 3.14159265358979323846 * f, t = r * r;
    double p = 1.0 / 355687428096000; // the series, to 17!
    p = 1.0 / 1307674368000 - p * t;
    p = 1.0 / 6227020800 - p * t;
    p = 1.0 / 39916800 - p * t;
    p = 1.0 / 362880 - p * t;
    p = 1.0 / 5040 - p * t;
    p = 1.0 / 120 - p * t;
    p = 1.0 / 6 - p * t;
    return r - r * t * p;
}

// log |Gamma(x)|, by Stirling's series (Abramowitz and Stegun 6.1.41) at x + 8, and, where any may
// be below 1/2, by reflection (6.1.17).
INLINE float vec_lgamma(float single, bool reflects) {
    double x = single;
    bool reflected = reflects && x < 0.5;
    double z = reflected ? 1 - x : x;
    bool near = z < 8;
    double product = z * (z + 1) * (z + 2) * (z + 3) * ((z + 4) * (z + 5) * (z + 6) * (z + 7));
    product = near ? product : 1;
    z = near ? z + 8 : z;
    double u = 1 / z, t = u * u;
    double p = 1.0 / 156;
    p = p * t - 691.0 / 360360;
    p = p * t + 1.0 / 1188;
    p = p * t - 1.0 / 1680;
    p = p * t + 1.0 / 1260;
    p = p * t - 1.0 / 360;
    p = p * t + 1.0 / 12;
    double l = wide_log(z);
    double stirling = (z - 0.5) * l - z + (0.91893853320467274178 + p * u);
    double factor = product;
    if (reflects) {
        double mirrored = 3.14159265358979323846 * product / __builtin_fabs(wide_sin_pi(x));
        factor = reflected ? mirrored : product;
    }
    double log_factor = wide_log(factor);
    float result = (float)(reflected ? log_factor - stirling : stirling - log_factor);
    result = single == 1.0f || single == 2.0f ? 0.0f : result;
    return __builtin_fabsf(single) == __builtin_inff() ? __builtin_inff() : result;
}

#endif
