#include "CLAPACK.h"

#include <stdlib.h>
#include <string.h>

void omp_set_num_threads(int count);
int omp_in_parallel(void);

// LAPACK's interface is Fortran's: everything by address, the lengths of texts at the end.
#define DECLARE(T, P) \
    void P##getrf_(const int *, const int *, T *, const int *, int *, int *); \
    void P##getrs_(const char *, const int *, const int *, const T *, const int *, const int *, \
                   T *, const int *, int *, size_t); \
    void P##potrf_(const char *, const int *, T *, const int *, int *, size_t); \
    void P##trsm_(const char *, const char *, const char *, const char *, const int *, \
                  const int *, const T *, const T *, const int *, T *, const int *, size_t, \
                  size_t, size_t, size_t); \
    void P##geqrf_(const int *, const int *, T *, const int *, T *, T *, const int *, int *); \
    void P##orgqr_(const int *, const int *, const int *, T *, const int *, const T *, T *, \
                   const int *, int *); \
    void P##gesdd_(const char *, const int *, const int *, T *, const int *, T *, T *, \
                   const int *, T *, const int *, T *, const int *, int *, int *, size_t); \
    void P##syevd_(const char *, const char *, const int *, T *, const int *, T *, T *, \
                   const int *, int *, const int *, int *, size_t, size_t); \
    void P##geev_(const char *, const char *, const int *, T *, const int *, T *, T *, T *, \
                  const int *, T *, const int *, T *, const int *, int *, size_t, size_t);
DECLARE(float, s)
DECLARE(double, d)

typedef struct {
    int64_t m, n, k;
    bool first, second, third; // what the function calls its flags
    char *a, *b, *c, *d;
    const char *fixed;
    int32_t *pivots, *info;
    const int32_t *fixed_pivots;
} job;

static int greatest(int a, int b) { return a > b ? a : b; }

// Memory for one call. LAPACK has no way to do without, and neither has this.
static void *room(size_t count, size_t size) {
    void *block = calloc(count > 0 ? count : 1, size);
    if (block == NULL) abort();
    return block;
}

#define DEFINE(T, P) \
    static void lu_##P(int64_t begin, int64_t end, void *context) { \
        const job *x = context; \
        const int m = (int)x->m, n = (int)x->n, ld = greatest(m, 1); \
        for (int64_t i = begin; i < end; i++) { \
            P##getrf_(&m, &n, (T *)x->a + i * m * n, &ld, x->pivots + i * (m < n ? m : n), \
                      x->info + i); \
        } \
    } \
    static void lu_solve_##P(int64_t begin, int64_t end, void *context) { \
        const job *x = context; \
        const int n = (int)x->n, k = (int)x->k, ld = greatest(n, 1); \
        int info; \
        for (int64_t i = begin; i < end; i++) { \
            P##getrs_(x->first ? "T" : "N", &n, &k, (const T *)x->fixed + i * n * n, &ld, \
                      x->fixed_pivots + i * n, (T *)x->b + i * n * k, &ld, &info, 1); \
        } \
    } \
    static void cholesky_##P(int64_t begin, int64_t end, void *context) { \
        const job *x = context; \
        const int n = (int)x->n, ld = greatest(n, 1); \
        for (int64_t i = begin; i < end; i++) { \
            T *a = (T *)x->a + i * n * n; \
            P##potrf_("L", &n, a, &ld, x->info + i, 1); \
            for (int column = 1; column < n; column++) \
                memset(a + (int64_t)column * n, 0, sizeof(T) * (size_t)column); \
        } \
    } \
    static void triangular_##P(int64_t begin, int64_t end, void *context) { \
        const job *x = context; \
        const int n = (int)x->n, k = (int)x->k, ld = greatest(n, 1); \
        const T one = 1; \
        for (int64_t i = begin; i < end; i++) { \
            P##trsm_("L", x->first ? "U" : "L", x->second ? "T" : "N", x->third ? "U" : "N", &n, \
                     &k, &one, (const T *)x->fixed + i * n * n, &ld, (T *)x->b + i * n * k, &ld, \
                     1, 1, 1, 1); \
        } \
    } \
    static void qr_##P(int64_t begin, int64_t end, void *context) { \
        const job *x = context; \
        const int m = (int)x->m, n = (int)x->n, columns = (int)x->k, k = m < n ? m : n; \
        const int ld = greatest(m, 1), size = 64 * greatest(greatest(m, n), 1); \
        int info; \
        T *tau = room((size_t)k, sizeof(T)), *work = room((size_t)size, sizeof(T)); \
        for (int64_t i = begin; i < end; i++) { \
            T *a = (T *)x->a + i * m * n, *q = (T *)x->b + i * m * columns, \
              *r = (T *)x->c + i * columns * n; \
            P##geqrf_(&m, &n, a, &ld, tau, work, &size, &info); \
            for (int column = 0; column < n; column++) { \
                for (int row = 0; row < columns; row++) \
                    r[column * columns + row] = \
                        row <= column && row < k ? a[column * m + row] : 0; \
            } \
            memset(q, 0, sizeof(T) * (size_t)m * (size_t)columns); \
            memcpy(q, a, sizeof(T) * (size_t)m * (size_t)(columns < n ? columns : n)); \
            P##orgqr_(&m, &columns, &k, q, &ld, tau, work, &size, &info); \
        } \
        free(tau); \
        free(work); \
    } \
    static void svd_##P(int64_t begin, int64_t end, void *context) { \
        const job *x = context; \
        const int m = (int)x->m, n = (int)x->n, k = m < n ? m : n, lda = greatest(m, 1); \
        const bool vectors = x->b != NULL; \
        const int columns = x->first ? m : k, rows = x->first ? n : k; \
        const int ldvt = greatest(vectors ? rows : 1, 1); \
        const char *what = !vectors ? "N" : x->first ? "A" : "S"; \
        int *whole = room(8 * (size_t)greatest(k, 1), sizeof(int)), size = -1; \
        T best, *work = &best; \
        for (int pass = 0; pass < 2; pass++) { \
            for (int64_t i = begin; i < (pass == 0 ? begin + 1 : end); i++) { \
                P##gesdd_(what, &m, &n, (T *)x->a + i * m * n, &lda, (T *)x->c + i * k, \
                          vectors ? (T *)x->b + i * m * columns : NULL, &lda, \
                          vectors ? (T *)x->d + i * rows * n : NULL, &ldvt, work, &size, whole, \
                          x->info + i, 1); \
            } \
            if (pass == 0) { \
                size = (int)best; \
                work = room((size_t)size, sizeof(T)); \
            } \
        } \
        free(work); \
        free(whole); \
    } \
    static void symmetric_##P(int64_t begin, int64_t end, void *context) { \
        const job *x = context; \
        const int n = (int)x->n, ld = greatest(n, 1); \
        int best_whole, *whole = &best_whole, size = -1, whole_size = -1; \
        T best, *work = &best; \
        for (int pass = 0; pass < 2; pass++) { \
            for (int64_t i = begin; i < (pass == 0 ? begin + 1 : end); i++) { \
                P##syevd_(x->first ? "N" : "V", "L", &n, (T *)x->a + i * n * n, &ld, \
                          (T *)x->b + i * n, work, &size, whole, &whole_size, x->info + i, 1, 1); \
            } \
            if (pass == 0) { \
                size = (int)best; \
                whole_size = best_whole; \
                work = room((size_t)size, sizeof(T)); \
                whole = room((size_t)whole_size, sizeof(int)); \
            } \
        } \
        free(work); \
        free(whole); \
    } \
    static void eigen_##P(int64_t begin, int64_t end, void *context) { \
        const job *x = context; \
        const int n = (int)x->n, ld = greatest(n, 1), one = 1; \
        const bool vectors = x->d != NULL; \
        const int size = 64 * greatest(n, 1); \
        T *work = room((size_t)size, sizeof(T)); \
        for (int64_t i = begin; i < end; i++) { \
            P##geev_("N", vectors ? "V" : "N", &n, (T *)x->a + i * n * n, &ld, (T *)x->b + i * n, \
                     (T *)x->c + i * n, NULL, &one, vectors ? (T *)x->d + i * n * n : NULL, \
                     vectors ? &ld : &one, work, &size, x->info + i, 1, 1); \
        } \
        free(work); \
    }
DEFINE(float, s)
DEFINE(double, d)

// OpenBLAS's own threads would change the last bits: it gets one for each matrix.
static void run(int64_t batch, mt_body body, job *x) {
    if (batch == 0) return;
    if (batch == 1 && !omp_in_parallel()) {
        int threads = mt_thread_count();
        omp_set_num_threads(1);
        body(0, 1, x);
        omp_set_num_threads(threads);
    } else {
        mt_parallel(batch, 1, body, x);
    }
}

#define RUN(name) run(batch, type == MT_FLOAT32 ? name##_s : name##_d, &x)

void mt_lu(mt_dtype type, int64_t batch, int64_t m, int64_t n, void *a, int32_t *pivots,
           int32_t *info) {
    job x = {.m = m, .n = n, .a = a, .pivots = pivots, .info = info};
    RUN(lu);
}

void mt_lu_solve(mt_dtype type, int64_t batch, int64_t n, int64_t k, bool transposed,
                 const void *lu, const int32_t *pivots, void *b) {
    job x = {.n = n, .k = k, .first = transposed, .fixed = lu, .fixed_pivots = pivots, .b = b};
    RUN(lu_solve);
}

void mt_cholesky(mt_dtype type, int64_t batch, int64_t n, void *a, int32_t *info) {
    job x = {.n = n, .a = a, .info = info};
    RUN(cholesky);
}

void mt_triangular_solve(mt_dtype type, int64_t batch, int64_t n, int64_t k, bool upper,
                         bool transposed, bool unit_diagonal, const void *t, void *b) {
    job x = {.n = n,
             .k = k,
             .first = upper,
             .second = transposed,
             .third = unit_diagonal,
             .fixed = t,
             .b = b};
    RUN(triangular);
}

void mt_qr(mt_dtype type, int64_t batch, int64_t m, int64_t n, int64_t columns, void *a, void *q,
           void *r) {
    job x = {.m = m, .n = n, .k = columns, .a = a, .b = q, .c = r};
    RUN(qr);
}

void mt_svd(mt_dtype type, int64_t batch, int64_t m, int64_t n, bool whole, void *a, void *u,
            void *s, void *vt, int32_t *info) {
    job x = {.m = m, .n = n, .first = whole, .a = a, .b = u, .c = s, .d = vt, .info = info};
    RUN(svd);
}

void mt_symmetric_eigen(mt_dtype type, int64_t batch, int64_t n, bool values_only, void *a, void *w,
                        int32_t *info) {
    job x = {.n = n, .first = values_only, .a = a, .b = w, .info = info};
    RUN(symmetric);
}

void mt_eigen(mt_dtype type, int64_t batch, int64_t n, void *a, void *real, void *imaginary,
              void *vectors, int32_t *info) {
    job x = {.n = n, .a = a, .b = real, .c = imaginary, .d = vectors, .info = info};
    RUN(eigen);
}
