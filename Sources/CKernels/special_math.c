// The special functions that libm lacks, in double precision.
#include "special_math.h"

#include <math.h>

#include "internal.h"

double mt_digamma(double x) {
    if (x == 0) return copysign(INFINITY, -x);
    double result = 0;
    if (x < 0) {
        if (floor(x) == x) return NAN; // a pole
        // Reflection (Abramowitz and Stegun 6.3.7), with the period taken out before tan.
        result = -M_PI / tan(M_PI * (x - floor(x)));
        x = 1 - x;
    }
    for (; x < 10; x++) result -= 1 / x; // recurrence (6.3.5)
    if (isinf(x)) return result + x;
    double z = 1 / (x * x); // the asymptotic series (6.3.18)
    double tail =
        z *
        (1.0 / 12 -
         z * (1.0 / 120 -
              z * (1.0 / 252 - z * (1.0 / 240 - z * (1.0 / 132 - z * (691.0 / 32760 - z / 12))))));
    return result + log(x) - 0.5 / x - tail;
}

double mt_trigamma(double x) {
    double sign = 1, result = 0;
    if (x < 0.5) { // reflection (6.4.7)
        double sine = sin(M_PI * (x - floor(x)));
        result = -M_PI * M_PI / (sine * sine);
        sign = -1;
        x = 1 - x;
    }
    for (; x < 10; x++) result += 1 / (x * x);
    double z = 1 / (x * x); // the asymptotic series (6.4.12)
    double series =
        1 / x + z / 2 +
        z / x * (1.0 / 6 - z * (1.0 / 30 - z * (1.0 / 42 - z * (1.0 / 30 - z * (5.0 / 66)))));
    return sign * (result + series);
}

double mt_lgamma(double x) {
    int sign;
    return lgamma_r(x, &sign);
}

double mt_erfinv(double x) {
    if (!(x > -1 && x < 1)) return x == 1 ? INFINITY : x == -1 ? -INFINITY : NAN;
    // A start (Giles 2012, "Approximating the erfinv function"), then Halley's steps to full
    // precision.
    double w = -log((1 - x) * (1 + x)), p;
    if (w < 5) {
        w -= 2.5;
        p = 2.81022636e-08;
        p = 3.43273939e-07 + p * w;
        p = -3.5233877e-06 + p * w;
        p = -4.39150654e-06 + p * w;
        p = 0.00021858087 + p * w;
        p = -0.00125372503 + p * w;
        p = -0.00417768164 + p * w;
        p = 0.246640727 + p * w;
        p = 1.50140941 + p * w;
    } else {
        w = sqrt(w) - 3;
        p = -0.000200214257;
        p = 0.000100950558 + p * w;
        p = 0.00134934322 + p * w;
        p = -0.00367342844 + p * w;
        p = 0.00573950773 + p * w;
        p = -0.0076224613 + p * w;
        p = 0.00943887047 + p * w;
        p = 1.00167406 + p * w;
        p = 2.83297682 + p * w;
    }
    double y = p * x;
    for (int step = 0; step < 2; step++) {
        // Near the ends the complement keeps the digits.
        double error = y > 1 ? (1 - x) - erfc(y) : y < -1 ? erfc(-y) - (1 + x) : erf(y) - x;
        double slope = M_2_SQRTPI * exp(-y * y);
        if (slope == 0) break;
        double newton = error / slope;
        y -= newton / (1 + y * newton);
    }
    return y;
}

// From the series of the incomplete gamma function (Abramowitz and Stegun 6.5.29),
// F = x^a e^-x / Gamma(a) * sum of x^n / (a (a + 1) ... (a + n)), term by term; f = x^(a - 1) e^-x
// / Gamma(a).
double mt_gamma_slope(double a, double x) {
    if (!(x > 0) || !(a > 0) || isinf(x)) return x == 0 && a > 0 ? 0 : NAN;
    double term = 1 / a, change = -term / a, sum = term, slope = change;
    for (int n = 1; n < 100000; n++) {
        change = (change - term / (a + n)) * (x / (a + n));
        term *= x / (a + n);
        sum += term;
        slope += change;
        if (term < sum * 1e-17 && fabs(change) < fabs(slope) * 1e-17) break;
    }
    return -x * ((log(x) - mt_digamma(a)) * sum + slope);
}
