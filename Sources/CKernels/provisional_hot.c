// Provisional fast paths (weak), float32 and bfloat16.
#pragma clang attribute push(__attribute__((weak)), apply_to = function)
#include "CKernels.h"
#pragma clang attribute pop
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#define INLINE static inline __attribute__((always_inline))
typedef uint16_t bf16;
INLINE float from_bf16(bf16 b) { union { uint32_t u; float f; } v = {(uint32_t)b << 16}; return v.f; }
INLINE bf16 to_bf16(float f) { union { float f; uint32_t u; } v = {f}; uint32_t r = (v.u + 0x7fff + ((v.u >> 16) & 1)) >> 16; return f != f ? 0x7fc0 : (bf16)r; }
INLINE float from_float(float f) { return f; }
INLINE float to_float(float f) { return f; }

enum { CHUNKS = 32 };
static int64_t chunk_count(int64_t rows, int64_t channels) {
  int64_t n = rows * channels / 16384;
  return n < 1 ? 1 : n > CHUNKS ? CHUNKS : n;
}

#define BN(T, SUFFIX, FROM, TO)                                                                                        \
  CLONES static void stats_rows_##SUFFIX(const T *x, int64_t rows, int64_t c, const float *shift, float *s, float *q) { \
    memset(s, 0, sizeof(float) * c);                                                                                   \
    memset(q, 0, sizeof(float) * c);                                                                                   \
    for (int64_t r = 0; r < rows; r++, x += c)                                                                         \
      for (int64_t i = 0; i < c; i++) { float d = FROM(x[i]) - shift[i]; s[i] += d; q[i] += d * d; }                   \
  }                                                                                                                    \
  CLONES static void norm_rows_##SUFFIX(const T *x, int64_t rows, int64_t c, const float *a, const float *b, const T *res, bool relu, T *y) { \
    for (int64_t r = 0; r < rows; r++, x += c, y += c) {                                                               \
      if (res) { if (relu) for (int64_t i = 0; i < c; i++) { float v = FROM(x[i]) * a[i] + b[i] + FROM(res[i]); y[i] = TO(v > 0 ? v : 0); } \
        else for (int64_t i = 0; i < c; i++) y[i] = TO(FROM(x[i]) * a[i] + b[i] + FROM(res[i])); res += c; }           \
      else if (relu) for (int64_t i = 0; i < c; i++) { float v = FROM(x[i]) * a[i] + b[i]; y[i] = TO(v > 0 ? v : 0); } \
      else for (int64_t i = 0; i < c; i++) y[i] = TO(FROM(x[i]) * a[i] + b[i]);                                        \
    }                                                                                                                  \
  }                                                                                                                    \
  CLONES static void grad_sums_##SUFFIX(const T *x, const T *y, const T *g, int64_t rows, int64_t c, const float *mean, bool relu, float *s, float *q) { \
    memset(s, 0, sizeof(float) * c);                                                                                   \
    memset(q, 0, sizeof(float) * c);                                                                                   \
    for (int64_t r = 0; r < rows; r++, x += c, y += c, g += c) {                                                       \
      if (relu) for (int64_t i = 0; i < c; i++) { float d = FROM(y[i]) > 0 ? FROM(g[i]) : 0; s[i] += d; q[i] += d * (FROM(x[i]) - mean[i]); } \
      else for (int64_t i = 0; i < c; i++) { float d = FROM(g[i]); s[i] += d; q[i] += d * (FROM(x[i]) - mean[i]); }    \
    }                                                                                                                  \
  }                                                                                                                    \
  /* gx = g * a + x * b + k */                                                                                         \
  CLONES static void grad_rows_##SUFFIX(const T *x, const T *y, const T *g, int64_t rows, int64_t c, const float *a, const float *b, const float *k, bool relu, T *gx, T *gr) { \
    for (int64_t r = 0; r < rows; r++, x += c, y += c, g += c) {                                                       \
      if (gr) { for (int64_t i = 0; i < c; i++) { float d = !relu || FROM(y[i]) > 0 ? FROM(g[i]) : 0; gr[i] = TO(d); if (gx) gx[i] = TO(d * a[i] + FROM(x[i]) * b[i] + k[i]); } gr += c; } \
      else if (relu) for (int64_t i = 0; i < c; i++) { float d = FROM(y[i]) > 0 ? FROM(g[i]) : 0; gx[i] = TO(d * a[i] + FROM(x[i]) * b[i] + k[i]); } \
      else for (int64_t i = 0; i < c; i++) gx[i] = TO(FROM(g[i]) * a[i] + FROM(x[i]) * b[i] + k[i]);                   \
      if (gx) gx += c;                                                                                                 \
    }                                                                                                                  \
  }
BN(float, f32, from_float, to_float)
BN(bf16, b16, from_bf16, to_bf16)

typedef struct { int bf; int64_t rows, c, chunks; const void *x, *y, *g, *res; void *out, *gr; const float *p, *q, *k; float *s1, *s2; bool relu; } job;
#define AT(base, r) ((base) ? (const char *)(base) + (r) * j->c * (j->bf ? 2 : 4) : NULL)
static void run_stats(int64_t b, int64_t e, void *ctx) { job *j = ctx; for (int64_t i = b; i < e; i++) { int64_t r0 = j->rows * i / j->chunks, r1 = j->rows * (i + 1) / j->chunks; if (j->bf) stats_rows_b16((const bf16 *)AT(j->x, r0), r1 - r0, j->c, j->p, j->s1 + i * j->c, j->s2 + i * j->c); else stats_rows_f32((const float *)AT(j->x, r0), r1 - r0, j->c, j->p, j->s1 + i * j->c, j->s2 + i * j->c); } }
static void run_norm(int64_t r0, int64_t r1, void *ctx) { job *j = ctx; if (j->bf) norm_rows_b16((const bf16 *)AT(j->x, r0), r1 - r0, j->c, j->p, j->q, (const bf16 *)AT(j->res, r0), j->relu, (bf16 *)AT(j->out, r0)); else norm_rows_f32((const float *)AT(j->x, r0), r1 - r0, j->c, j->p, j->q, (const float *)AT(j->res, r0), j->relu, (float *)AT(j->out, r0)); }
static void run_gsum(int64_t b, int64_t e, void *ctx) { job *j = ctx; for (int64_t i = b; i < e; i++) { int64_t r0 = j->rows * i / j->chunks, r1 = j->rows * (i + 1) / j->chunks; const void *y = j->relu ? j->y : j->x; if (j->bf) grad_sums_b16((const bf16 *)AT(j->x, r0), (const bf16 *)AT(y, r0), (const bf16 *)AT(j->g, r0), r1 - r0, j->c, j->p, j->relu, j->s1 + i * j->c, j->s2 + i * j->c); else grad_sums_f32((const float *)AT(j->x, r0), (const float *)AT(y, r0), (const float *)AT(j->g, r0), r1 - r0, j->c, j->p, j->relu, j->s1 + i * j->c, j->s2 + i * j->c); } }
static void run_grad(int64_t r0, int64_t r1, void *ctx) { job *j = ctx; const void *y = j->relu ? j->y : j->x; if (j->bf) grad_rows_b16((const bf16 *)AT(j->x, r0), (const bf16 *)AT(y, r0), (const bf16 *)AT(j->g, r0), r1 - r0, j->c, j->p, j->q, j->k, j->relu, (bf16 *)AT(j->out, r0), (bf16 *)AT(j->gr, r0)); else grad_rows_f32((const float *)AT(j->x, r0), (const float *)AT(y, r0), (const float *)AT(j->g, r0), r1 - r0, j->c, j->p, j->q, j->k, j->relu, (float *)AT(j->out, r0), (float *)AT(j->gr, r0)); }
static int64_t grain(int64_t c) { int64_t g = 16384 / c; return g < 1 ? 1 : g; }

bool mt_hot_bn_statistics(mt_dtype t, int64_t rows, int64_t c, const void *x, float *mean, float *var) {
  job j = {.bf = t == MT_BFLOAT16, .rows = rows, .c = c, .chunks = chunk_count(rows, c), .x = x};
  float *buf = mt_allocate(sizeof(float) * c * (2 * j.chunks + 1));
  float *shift = buf; j.s1 = buf + c; j.s2 = j.s1 + c * j.chunks;
  for (int64_t i = 0; i < c; i++) shift[i] = j.bf ? from_bf16(((const bf16 *)x)[i]) : ((const float *)x)[i];
  j.p = shift;
  mt_parallel(j.chunks, 1, run_stats, &j);
  for (int64_t i = 0; i < c; i++) { double s = 0, q = 0; for (int64_t k = 0; k < j.chunks; k++) { s += j.s1[k * c + i]; q += j.s2[k * c + i]; } double m = s / rows; mean[i] = (float)(shift[i] + m); double v = q / rows - m * m; var[i] = v > 0 ? (float)v : 0; }
  mt_deallocate(buf, sizeof(float) * c * (2 * j.chunks + 1));
  return true;
}
void mt_hot_bn(mt_dtype t, int64_t rows, int64_t c, const void *x, const float *m, const float *is, const float *w, const float *b, const void *res, bool relu, void *y) {
  float *buf = mt_allocate(sizeof(float) * 2 * c), *a = buf, *k = buf + c;
  for (int64_t i = 0; i < c; i++) { a[i] = is[i] * (w ? w[i] : 1); k[i] = (b ? b[i] : 0) - m[i] * a[i]; }
  job j = {.bf = t == MT_BFLOAT16, .rows = rows, .c = c, .x = x, .p = a, .q = k, .res = res, .relu = relu, .out = y};
  mt_parallel(rows, grain(c), run_norm, &j);
  mt_deallocate(buf, sizeof(float) * 2 * c);
}
void mt_hot_bn_grad(mt_dtype t, int64_t rows, int64_t c, const void *x, const void *y, const void *g, const float *m, const float *is, const float *w, bool relu, bool tr, void *gx, float *gw, float *gb, void *gr) {
  job j = {.bf = t == MT_BFLOAT16, .rows = rows, .c = c, .chunks = chunk_count(rows, c), .x = x, .y = y, .g = g, .p = m, .relu = relu, .out = gx, .gr = gr};
  size_t n = sizeof(float) * c * (2 * j.chunks + 3);
  float *buf = mt_allocate(n), *A = buf, *B = buf + c, *K = B + c; j.s1 = K + c; j.s2 = j.s1 + c * j.chunks;
  mt_parallel(j.chunks, 1, run_gsum, &j);
  for (int64_t i = 0; i < c; i++) { double s = 0, q = 0; for (int64_t k = 0; k < j.chunks; k++) { s += j.s1[k * c + i]; q += j.s2[k * c + i]; }
    if (gw) gw[i] = (float)(q * is[i]); if (gb) gb[i] = (float)s;
    double sc = is[i] * (w ? w[i] : 1.0); A[i] = (float)sc;
    if (tr) { double bb = -sc * is[i] * is[i] * q / rows; B[i] = (float)bb; K[i] = (float)(-sc * s / rows - bb * m[i]); } else B[i] = K[i] = 0; }
  j.p = A; j.q = B; j.k = K;
  if (gx || gr) mt_parallel(rows, grain(c), run_grad, &j);
  mt_deallocate(buf, n);
}
