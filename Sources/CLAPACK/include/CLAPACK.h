// Decompositions of batches of matrices on LAPACK (OpenBLAS), float32 and float64.
//
// Matrices are column-major and dense, one after another. One thread works on one matrix, so that
// results do not depend on the number of threads. Functions that can fail fill `info` (batch): 0
// when a matrix worked, else what LAPACK says.
#ifndef MARTLET_LAPACK_H
#define MARTLET_LAPACK_H

#include <stdbool.h>
#include <stdint.h>

#include "CKernels.h"

#ifdef __cplusplus
extern "C" {
#endif

// P A = L U in place; pivots (batch, min(m, n)) count from 1. info > 0: U is singular.
void mt_lu(mt_dtype type, int64_t batch, int64_t m, int64_t n, void *a, int32_t *pivots,
           int32_t *info);
// Solves A X = B (or Aᵀ X = B) in place of B (n, k), given LU of A (n, n).
void mt_lu_solve(mt_dtype type, int64_t batch, int64_t n, int64_t k, bool transposed,
                 const void *lu, const int32_t *pivots, void *b);
// A = L Lᵀ in place of A's lower triangle; the upper one becomes 0. info > 0: not positive
// definite.
void mt_cholesky(mt_dtype type, int64_t batch, int64_t n, void *a, int32_t *info);
// Solves T X = B (or Tᵀ X = B) in place of B (n, k) for triangular T.
void mt_triangular_solve(mt_dtype type, int64_t batch, int64_t n, int64_t k, bool upper,
                         bool transposed, bool unit_diagonal, const void *t, void *b);
// A (m, n) = Q R: q (m, columns) with columns = min(m, n) or m, r (columns, n). a is overwritten.
void mt_qr(mt_dtype type, int64_t batch, int64_t m, int64_t n, int64_t columns, void *a, void *q,
           void *r);
// A (m, n) = U diag(s) Vᵀ with k = min(m, n), or whole U (m, m) and Vᵀ (n, n); u and vt may be NULL
// for the values alone. a is overwritten.
void mt_svd(mt_dtype type, int64_t batch, int64_t m, int64_t n, bool whole, void *a, void *u,
            void *s, void *vt, int32_t *info);
// Symmetric A (its lower triangle) = V diag(w) Vᵀ, ascending; a becomes V unless values_only.
void mt_symmetric_eigen(mt_dtype type, int64_t batch, int64_t n, bool values_only, void *a, void *w,
                        int32_t *info);
// Eigenvalues (real, imaginary) and right eigenvectors (LAPACK's packed form; NULL for none). a is
// overwritten.
void mt_eigen(mt_dtype type, int64_t batch, int64_t n, void *a, void *real, void *imaginary,
              void *vectors, int32_t *info);

#ifdef __cplusplus
}
#endif
#endif
