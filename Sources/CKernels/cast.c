// Conversions between all element types, contiguous to contiguous, and the moves that make runs
// contiguous.
#include "internal.h"

typedef uint8_t boolean;

INLINE float value_float(float x) { return x; }
INLINE double value_double(double x) { return x; }
INLINE float value_float16(float16 x) { return (float)x; }
INLINE float value_bfloat16(bfloat16 x) { return bfloat16_to_float(x); }
INLINE int64_t value_int64_t(int64_t x) { return x; }
INLINE int32_t value_int32_t(int32_t x) { return x; }
INLINE uint8_t value_uint8_t(uint8_t x) { return x; }
INLINE uint8_t value_boolean(boolean x) { return x; }

#define TO_float(x) ((float)(x))
#define TO_double(x) ((double)(x))
#define TO_float16(x) ((float16)(float)(x))
#define TO_bfloat16(x) bfloat16_from_float((float)(x))
#define TO_boolean(x) ((boolean)((x) != 0))

// Floating to integer, saturating, NaN to 0; `above` is the first value too large.
#define SATURATE(T, x, least, most, above) \
    ((x) != (x) ? (T)0 : (x) <= (least) ? (T)(least) : (x) >= (above) ? (T)(most) : (T)(x))
#define REAL_TO_int64_t(x) SATURATE(int64_t, x, INT64_MIN, INT64_MAX, 0x1p63f)
#define REAL_TO_int32_t(x) SATURATE(int32_t, x, INT32_MIN, INT32_MAX, 0x1p31f)
#define REAL_TO_uint8_t(x) SATURATE(uint8_t, x, 0, UINT8_MAX, 255.0f)
#define WHOLE_TO_int64_t(x) ((int64_t)(x))
#define WHOLE_TO_int32_t(x) ((int32_t)(x))
#define WHOLE_TO_uint8_t(x) ((uint8_t)(x))

#define CAST(D, S, convert) \
    HOT static void cast_##D##_from_##S(int64_t count, void *to, const void *from) { \
        D *dst = to; \
        const S *src = from; \
        VECTOR for (int64_t i = 0; i < count; i++) dst[i] = convert(value_##S(src[i])); \
    }

#define CASTS_TO_ANY(S) \
    CAST(float, S, TO_float) \
    CAST(double, S, TO_double) \
    CAST(float16, S, TO_float16) CAST(bfloat16, S, TO_bfloat16) CAST(boolean, S, TO_boolean)
#define CASTS_OF_REAL(S) \
    CASTS_TO_ANY(S) \
    CAST(int64_t, S, REAL_TO_int64_t) \
    CAST(int32_t, S, REAL_TO_int32_t) CAST(uint8_t, S, REAL_TO_uint8_t)
#define CASTS_OF_WHOLE(S) \
    CASTS_TO_ANY(S) \
    CAST(int64_t, S, WHOLE_TO_int64_t) \
    CAST(int32_t, S, WHOLE_TO_int32_t) CAST(uint8_t, S, WHOLE_TO_uint8_t)

CASTS_OF_REAL(float)
CASTS_OF_REAL(double)
CASTS_OF_REAL(float16)
CASTS_OF_REAL(bfloat16)
CASTS_OF_WHOLE(int64_t)
CASTS_OF_WHOLE(int32_t)
CASTS_OF_WHOLE(uint8_t)
CASTS_OF_WHOLE(boolean)

typedef void (*cast_kernel)(int64_t count, void *dst, const void *src);

#define FROM(D) \
    { \
        cast_##D##_from_float, cast_##D##_from_double, cast_##D##_from_float16, \
            cast_##D##_from_bfloat16, cast_##D##_from_int64_t, cast_##D##_from_int32_t, \
            cast_##D##_from_uint8_t, cast_##D##_from_boolean \
    }
// By destination type, then source type, in the order of mt_dtype.
static const cast_kernel casts[8][8] = {
    FROM(float),   FROM(double),  FROM(float16), FROM(bfloat16),
    FROM(int64_t), FROM(int32_t), FROM(uint8_t), FROM(boolean),
};

void mt_cast(mt_dtype dst_type, void *dst, mt_dtype src_type, const void *src, int64_t count) {
    if (dst_type == src_type) {
        memcpy(dst, src, (size_t)(count * item_size(dst_type)));
    } else {
        casts[dst_type][src_type](count, dst, src);
    }
}

// ---- Runs

#define RUNS(T) \
    static void gather_##T(int64_t count, T *dst, const T *src, int64_t stride) { \
        if (stride == 0) { \
            T value = *src; \
            for (int64_t i = 0; i < count; i++) dst[i] = value; \
        } else { \
            for (int64_t i = 0; i < count; i++) dst[i] = src[i * stride]; \
        } \
    } \
    static void scatter_##T(int64_t count, T *dst, int64_t stride, const T *src) { \
        for (int64_t i = 0; i < count; i++) dst[i * stride] = src[i]; \
    }

RUNS(uint8_t)
RUNS(uint16_t)
RUNS(uint32_t)
RUNS(uint64_t)

void mt_gather_run(int64_t size, int64_t count, void *dst, const void *src, int64_t stride) {
    if (stride == 1) {
        memcpy(dst, src, (size_t)(count * size));
        return;
    }
    switch (size) {
    case 1: gather_uint8_t(count, dst, src, stride); break;
    case 2: gather_uint16_t(count, dst, src, stride); break;
    case 4: gather_uint32_t(count, dst, src, stride); break;
    default: gather_uint64_t(count, dst, src, stride); break;
    }
}

void mt_scatter_run(int64_t size, int64_t count, void *dst, int64_t stride, const void *src) {
    if (stride == 1) {
        memcpy(dst, src, (size_t)(count * size));
        return;
    }
    switch (size) {
    case 1: scatter_uint8_t(count, dst, stride, src); break;
    case 2: scatter_uint16_t(count, dst, stride, src); break;
    case 4: scatter_uint32_t(count, dst, stride, src); break;
    default: scatter_uint64_t(count, dst, stride, src); break;
    }
}
