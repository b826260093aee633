// Provisional: weak definitions that the real ones replace at link time. The owner of this folder deletes this file when all is there.
#pragma clang attribute push(__attribute__((weak)), apply_to = function)
#include "CDNN.h"
#pragma clang attribute pop
#include "CDNN.h"
#include <cblas.h>
#include <cstring>
#include <mutex>
#include <oneapi/dnnl/dnnl.hpp>
#include <string>
#include <unordered_map>
#include <vector>
using namespace dnnl;
namespace {
engine &eng() { static engine e(engine::kind::cpu, 0); return e; }
stream &str() { static thread_local stream s(eng()); return s; }
thread_local std::string message;
memory::data_type dt(mt_dtype t) { return t == MT_BFLOAT16 ? memory::data_type::bf16 : memory::data_type::f32; }
struct Entry { primitive prim; memory::desc w, plain_w, scratch; bool reorder_w; primitive reorder, bias_reorder; memory::desc rs; };
std::mutex lock;
std::unordered_map<std::string, Entry> cache;
void *scratch(size_t n, int slot) {
  static thread_local void *p[3]; static thread_local size_t c[3];
  if (n > c[slot]) { if (p[slot]) mt_deallocate(p[slot], c[slot]); p[slot] = mt_allocate(n); c[slot] = n; }
  return p[slot];
}
template <class F> const char *guard(F f) {
  try { f(); return nullptr; } catch (const dnnl::error &e) { message = std::string(e.what()); } catch (const std::exception &e) { message = e.what(); } catch (...) { message = "unknown"; }
  return message.c_str();
}
struct Conv { memory::dims src, w, dst, bias, st, dil, pl, pr; memory::desc plain; };
Conv dims(const mt_conv_shape *s) {
  Conv c;
  c.src = {s->batch, s->in_channels, s->in_height, s->in_width};
  c.dst = {s->batch, s->out_channels, s->out_height, s->out_width};
  c.bias = {s->out_channels};
  c.st = {s->stride_height, s->stride_width}; c.dil = {s->dilation_height - 1, s->dilation_width - 1};
  c.pl = {s->pad_top, s->pad_left};
  auto pr = [](int64_t o, int64_t i, int64_t k, int64_t st, int64_t d, int64_t p) { return (o - 1) * st + (k - 1) * d + 1 - i - p; };
  c.pr = {pr(s->out_height, s->in_height, s->kernel_height, s->stride_height, s->dilation_height, s->pad_top),
          pr(s->out_width, s->in_width, s->kernel_width, s->stride_width, s->dilation_width, s->pad_left)};
  int64_t ipg = s->in_channels / s->groups, opg = s->out_channels / s->groups;
  if (s->groups > 1) { c.w = {s->groups, opg, ipg, s->kernel_height, s->kernel_width}; c.plain = memory::desc(c.w, memory::data_type::f32, memory::format_tag::goihw); }
  else { c.w = {opg, ipg, s->kernel_height, s->kernel_width}; c.plain = memory::desc(c.w, memory::data_type::f32, memory::format_tag::oihw); }
  return c;
}
primitive_attr attr(bool relu) { primitive_attr a; a.set_scratchpad_mode(scratchpad_mode::user); if (relu) { post_ops p; p.append_eltwise(1.f, algorithm::eltwise_relu, 0, 0); a.set_post_ops(p); } return a; }
template <class T> std::string key(const char *k, mt_dtype t, int f, const T *s) { std::string r(k); r += char(t); r += char(f); r += char(mt_thread_count()); r.append((const char *)s, sizeof *s); return r; }
Entry *find(const std::string &k) { auto i = cache.find(k); return i == cache.end() ? nullptr : &i->second; }
memory mem(const memory::desc &d, const void *p) { return memory(d, eng(), const_cast<void *>(p)); }
void exec(const Entry &e, std::unordered_map<int, memory> a) { a[DNNL_ARG_SCRATCHPAD] = mem(e.scratch, scratch(e.scratch.get_size() + 1, 0)); e.prim.execute(str(), a); str().wait(); }
void reorder_(const primitive &r, const memory::desc &a, const void *pa, const memory::desc &b, void *pb) { auto x = mem(a, pa), y = mem(b, pb); r.execute(str(), {{DNNL_ARG_FROM, x}, {DNNL_ARG_TO, y}}); str().wait(); }
const auto ANY = memory::format_tag::any; const auto NHWC = memory::format_tag::nhwc;
convolution_forward::primitive_desc fpd(const Conv &c, mt_dtype t, bool bias, bool relu) {
  memory::desc s(c.src, dt(t), NHWC), w(c.w, dt(t), ANY), d(c.dst, dt(t), NHWC), b(c.bias, memory::data_type::f32, memory::format_tag::x);
  auto D = bias ? convolution_forward::desc(prop_kind::forward_training, algorithm::convolution_direct, s, w, b, d, c.st, c.dil, c.pl, c.pr)
                : convolution_forward::desc(prop_kind::forward_training, algorithm::convolution_direct, s, w, d, c.st, c.dil, c.pl, c.pr);
  return convolution_forward::primitive_desc(D, attr(relu), eng());
}
// float64: plain loops
void conv64(const mt_conv_shape *s, int what, double *x, double *w, const double *bias, bool relu, double *y) {
  int64_t ipg = s->in_channels / s->groups, opg = s->out_channels / s->groups;
  for (int64_t n = 0; n < s->batch; n++) for (int64_t oy = 0; oy < s->out_height; oy++) for (int64_t ox = 0; ox < s->out_width; ox++) for (int64_t o = 0; o < s->out_channels; o++) {
    double *yp = y + ((n * s->out_height + oy) * s->out_width + ox) * s->out_channels + o; double acc = bias ? bias[o] : 0; int64_t g = o / opg;
    for (int64_t ky = 0; ky < s->kernel_height; ky++) for (int64_t kx = 0; kx < s->kernel_width; kx++) {
      int64_t iy = oy * s->stride_height - s->pad_top + ky * s->dilation_height, ix = ox * s->stride_width - s->pad_left + kx * s->dilation_width;
      if (iy < 0 || ix < 0 || iy >= s->in_height || ix >= s->in_width) continue;
      double *xp = x + ((n * s->in_height + iy) * s->in_width + ix) * s->in_channels + g * ipg; double *wp = w + (o * ipg * s->kernel_height + ky) * s->kernel_width + kx; int64_t ws = s->kernel_height * s->kernel_width;
      for (int64_t i = 0; i < ipg; i++) { if (what == 0) acc += xp[i] * wp[i * ws]; else if (what == 1) xp[i] += *yp * wp[i * ws]; else wp[i * ws] += *yp * xp[i]; }
    }
    if (what == 0) *yp = relu && acc < 0 ? 0 : acc;
  }
}
}
extern "C" {
const char *mt_conv_forward(mt_dtype t, const mt_conv_shape *s, const void *x, const void *w, uint64_t, const void *bias, bool relu, void *y) { return guard([&] {
  if (t == MT_FLOAT64) return conv64(s, 0, (double *)x, (double *)w, (const double *)bias, relu, (double *)y);
  auto c = dims(s); auto k = key("f", t, (bias != nullptr) + 2 * relu, s); std::lock_guard<std::mutex> g(lock); Entry *e = find(k);
  if (!e) { auto pd = fpd(c, t, bias, relu); Entry n; n.prim = convolution_forward(pd); n.w = pd.weights_desc(); n.scratch = pd.scratchpad_desc(); n.reorder_w = n.w != c.plain; if (n.reorder_w) { n.reorder = reorder(reorder::primitive_desc(eng(), c.plain, eng(), n.w)); } e = &(cache[k] = n); }
  const void *wp = w; if (e->reorder_w) { void *q = scratch(e->w.get_size(), 1); reorder_(e->reorder, c.plain, w, e->w, q); wp = q; }
  std::unordered_map<int, memory> a{{DNNL_ARG_SRC, mem({c.src, dt(t), NHWC}, x)}, {DNNL_ARG_WEIGHTS, mem(e->w, wp)}, {DNNL_ARG_DST, mem({c.dst, dt(t), NHWC}, y)}};
  if (bias) a[DNNL_ARG_BIAS] = mem({c.bias, memory::data_type::f32, memory::format_tag::x}, bias);
  exec(*e, a); }); }
const char *mt_conv_backward_data(mt_dtype t, const mt_conv_shape *s, const void *gy, const void *w, uint64_t, void *gx) { return guard([&] {
  if (t == MT_FLOAT64) { memset(gx, 0, 8 * s->batch * s->in_channels * s->in_height * s->in_width); return conv64(s, 1, (double *)gx, (double *)w, 0, 0, (double *)gy); }
  auto c = dims(s); auto k = key("d", t, 0, s); std::lock_guard<std::mutex> g(lock); Entry *e = find(k);
  if (!e) { auto f = fpd(c, t, false, false); memory::desc ds(c.src, dt(t), NHWC), wd(c.w, dt(t), ANY), dd(c.dst, dt(t), NHWC);
    convolution_backward_data::primitive_desc pd(convolution_backward_data::desc(algorithm::convolution_direct, ds, wd, dd, c.st, c.dil, c.pl, c.pr), attr(false), eng(), f);
    Entry n; n.prim = convolution_backward_data(pd); n.w = pd.weights_desc(); n.scratch = pd.scratchpad_desc(); n.reorder_w = n.w != c.plain; if (n.reorder_w) n.reorder = reorder(reorder::primitive_desc(eng(), c.plain, eng(), n.w)); e = &(cache[k] = n); }
  const void *wp = w; if (e->reorder_w) { void *q = scratch(e->w.get_size(), 1); reorder_(e->reorder, c.plain, w, e->w, q); wp = q; }
  exec(*e, {{DNNL_ARG_DIFF_DST, mem({c.dst, dt(t), NHWC}, gy)}, {DNNL_ARG_WEIGHTS, mem(e->w, wp)}, {DNNL_ARG_DIFF_SRC, mem({c.src, dt(t), NHWC}, gx)}}); }); }
const char *mt_conv_backward_weights(mt_dtype t, const mt_conv_shape *s, const void *x, const void *gy, void *gw, void *gb) { return guard([&] {
  if (gb) mt_channel_sum(t, s->batch * s->out_height * s->out_width, s->out_channels, 1, gy, gb);
  if (t == MT_FLOAT64) { memset(gw, 0, 8 * s->out_channels * (s->in_channels / s->groups) * s->kernel_height * s->kernel_width); return conv64(s, 2, (double *)x, (double *)gw, 0, 0, (double *)gy); }
  auto c = dims(s); auto k = key("w", t, 0, s); std::lock_guard<std::mutex> g(lock); Entry *e = find(k);
  if (!e) { auto f = fpd(c, t, false, false); memory::desc ss(c.src, dt(t), NHWC), wd(c.w, memory::data_type::f32, ANY), dd(c.dst, dt(t), NHWC);
    convolution_backward_weights::primitive_desc pd(convolution_backward_weights::desc(algorithm::convolution_direct, ss, wd, dd, c.st, c.dil, c.pl, c.pr), attr(false), eng(), f);
    Entry n; n.prim = convolution_backward_weights(pd); n.w = pd.diff_weights_desc(); n.scratch = pd.scratchpad_desc(); n.reorder_w = n.w != c.plain; if (n.reorder_w) n.reorder = reorder(reorder::primitive_desc(eng(), n.w, eng(), c.plain)); e = &(cache[k] = n); }
  void *q = e->reorder_w ? scratch(e->w.get_size(), 1) : gw;
  exec(*e, {{DNNL_ARG_SRC, mem({c.src, dt(t), NHWC}, x)}, {DNNL_ARG_DIFF_DST, mem({c.dst, dt(t), NHWC}, gy)}, {DNNL_ARG_DIFF_WEIGHTS, mem(e->w, q)}});
  if (e->reorder_w) reorder_(e->reorder, e->w, q, c.plain, gw); }); }
const char *mt_matmul(mt_dtype ot, mt_dtype rt, const mt_matmul_shape *s, const void *a, const void *b, const void *bias, bool relu, void *cc) { return guard([&] {
  if (ot == MT_FLOAT64) {
    for (int64_t i = 0; i < s->batch; i++) { bool ta = s->a_column != 1, tb = s->b_column != 1; double *C = (double *)cc + i * s->c_batch;
      if (bias) for (int64_t r = 0; r < s->m; r++) memcpy(C + r * s->c_row, bias, 8 * s->n);
      cblas_dgemm(CblasRowMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans, s->m, s->n, s->k, 1, (double *)a + i * s->a_batch, ta ? s->a_column : s->a_row, (double *)b + i * s->b_batch, tb ? s->b_column : s->b_row, bias ? 1 : 0, C, s->c_row);
      if (relu) for (int64_t r = 0; r < s->m; r++) for (int64_t j = 0; j < s->n; j++) if (C[r * s->c_row + j] < 0) C[r * s->c_row + j] = 0; }
    return; }
  auto k = key("m", ot, (bias != nullptr) + 2 * relu + 4 * rt, s); std::lock_guard<std::mutex> g(lock); Entry *e = find(k); auto f32 = memory::data_type::f32;
  int64_t B = s->batch; memory::dims as{s->a_batch == 0 && B > 1 ? 1 : B, s->m, s->k}, bs{s->b_batch == 0 && B > 1 ? 1 : B, s->k, s->n};
  memory::desc ad(as, dt(ot), memory::dims{as[0] == 1 ? s->m * s->k : s->a_batch, s->a_row, s->a_column}), bd(bs, dt(ot), memory::dims{bs[0] == 1 ? s->k * s->n : s->b_batch, s->b_row, s->b_column}), cd({B, s->m, s->n}, dt(rt), memory::dims{s->c_batch, s->c_row, 1}), id({1, 1, s->n}, f32, memory::dims{s->n, s->n, 1});
  if (!e) { auto D = bias ? matmul::desc(ad, bd, id, cd) : matmul::desc(ad, bd, cd); matmul::primitive_desc pd(D, attr(relu), eng()); Entry n; n.prim = matmul(pd); n.scratch = pd.scratchpad_desc(); e = &(cache[k] = n); }
  std::unordered_map<int, memory> args{{DNNL_ARG_SRC, mem(ad, a)}, {DNNL_ARG_WEIGHTS, mem(bd, b)}, {DNNL_ARG_DST, mem(cd, cc)}}; if (bias) args[DNNL_ARG_BIAS] = mem(id, bias); exec(*e, args); }); }
bool mt_has_native_bfloat16(void) { return __builtin_cpu_supports("avx512bf16"); }
const char *mt_dnn_description(void) { return "oneDNN"; }
void mt_dnn_clear_cache(void) { std::lock_guard<std::mutex> g(lock); cache.clear(); }
int64_t mt_dnn_cached_primitives(void) { return cache.size(); }
}
