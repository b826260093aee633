// Includes packed_body.h and the file that BODY names for float and for double, with these defined:
// T, the type; FN(name), its function; N(name), a name of this type's own.

#define T float
#define FN(name) name##_float
#define N(name) float32_##name
#define INTERLEAVE_LOW INTERLEAVE_LOW_16
#define INTERLEAVE_HIGH INTERLEAVE_HIGH_16
#include "packed_body.h"
#include BODY
#undef T
#undef FN
#undef N
#undef INTERLEAVE_LOW
#undef INTERLEAVE_HIGH

#define T double
#define FN(name) name##_double
#define N(name) float64_##name
#define INTERLEAVE_LOW INTERLEAVE_LOW_8
#define INTERLEAVE_HIGH INTERLEAVE_HIGH_8
#include "packed_body.h"
#include BODY
#undef T
#undef FN
#undef N
#undef INTERLEAVE_LOW
#undef INTERLEAVE_HIGH
#undef BODY
