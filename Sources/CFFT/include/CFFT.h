// Discrete Fourier transforms on kissfft.
#ifndef MARTLET_FFT_H
#define MARTLET_FFT_H

#include <stdbool.h>
#include <stdint.h>

#include "CKernels.h"

#ifdef __cplusplus
extern "C" {
#endif

// The transform of each of `rows` rows of `length` complex numbers (real, imaginary), not scaled.
// Returns NULL, or what went wrong.
const char *mt_fft(int64_t rows, int64_t length, bool inverse, const double *source,
                   double *result);

#ifdef __cplusplus
}
#endif
#endif
