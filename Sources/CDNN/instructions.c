// Keeps oneDNN from AMX kernels that could not run.
//
// Some virtual machines offer AMX (the flag is set, the system grants it) but hide the CPUID leaf that describes its
// tiles. oneDNN 2.6 then configures no tiles, and its first AMX kernel stops with an illegal instruction.
#if defined(__x86_64__)
#include <cpuid.h>
#include <oneapi/dnnl/dnnl.h>

enum { TILE_LEAF = 0x1d };

// Runs before main, because the choice is fixed once oneDNN has made its first kernel.
__attribute__((constructor)) static void limit_instructions(void) {
  unsigned palettes = 0, b, c, d;
  if (!__get_cpuid_count(TILE_LEAF, 0, &palettes, &b, &c, &d) || palettes == 0)
    dnnl_set_max_cpu_isa(dnnl_cpu_isa_avx512_core_bf16);
}
#endif
