// Special functions in double precision.
#ifndef MARTLET_SPECIAL_MATH_H
#define MARTLET_SPECIAL_MATH_H

double mt_lgamma(double x);   // log |Gamma(x)|
double mt_digamma(double x);  // its derivative
double mt_trigamma(double x); // the derivative of that
double mt_erfinv(double x);
// How a gamma-distributed number moves with the distribution's shape, its place in the distribution
// kept: dx / d shape = -(dF / d shape) / f.
double mt_gamma_slope(double shape, double x);

#endif
