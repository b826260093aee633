// Includes the file that BODY names once for each type of real numbers, with these defined: S, the
// type that elements are stored as; T, the one they compute in; LOAD and STORE, from one to the
// other; FN(name), T's function; N(name), a name of this type's own. float16 takes part where
// WITH_FLOAT16 is defined.

#define S float
#define T float
#define LOAD(x) (x)
#define STORE(x) (x)
#define FN(name) name##_float
#define N(name) float32_##name
#include BODY
#undef S
#undef LOAD
#undef STORE
#undef N

#define S bfloat16
#define LOAD(x) bfloat16_to_float(x)
#define STORE(x) bfloat16_from_float(x)
#define N(name) bfloat16_##name
#include BODY
#undef S
#undef LOAD
#undef STORE
#undef N

#ifdef WITH_FLOAT16
#define S float16
#define LOAD(x) ((float)(x))
#define STORE(x) ((float16)(x))
#define N(name) float16_##name
#include BODY
#undef S
#undef LOAD
#undef STORE
#undef N
#endif
#undef T
#undef FN

#define S double
#define T double
#define LOAD(x) (x)
#define STORE(x) (x)
#define FN(name) name##_double
#define N(name) float64_##name
#include BODY
#undef S
#undef T
#undef LOAD
#undef STORE
#undef FN
#undef N
#undef BODY
