// Vector types and versions for several processors; not part of the library's interface.
#ifndef MARTLET_VECTOR_H
#define MARTLET_VECTOR_H

#include <stdint.h>

// One binary runs on every x86-64 and uses what the processor has.
#if defined(__x86_64__)
#define CI_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CI_CLONES
#endif

typedef uint8_t uint8x4 __attribute__((vector_size(4)));
typedef int32_t int32x4 __attribute__((vector_size(16)));
typedef float float32x4 __attribute__((vector_size(16)));

#endif
