// Special functions in double precision.
#ifndef MARTLET_SPECIAL_MATH_H
#define MARTLET_SPECIAL_MATH_H

double mt_lgamma(double x);   // log |Gamma(x)|
double mt_digamma(double x);  // its derivative
double mt_trigamma(double x); // the derivative of that
double mt_erfinv(double x);

#endif
