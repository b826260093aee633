// Where values would go into sorted numbers.
#include "internal.h"

typedef struct {
    int64_t length, count;
    bool shared, right;
    const void *sorted, *values;
    int64_t *places;
} searching;

// Many values take each step of the search together: none waits for another's comparison. `below`
// says of a number of the row that the value goes after it.
#define SEARCH(T, NAME, PLACE, below) \
    HOT static void NAME(const T *row, int64_t length, int64_t count, const T *values, \
                         int64_t *places) { \
        enum { TOGETHER = 64 }; \
        for (int64_t begin = 0; begin < count; begin += TOGETHER) { \
            int64_t some = min64(TOGETHER, count - begin); \
            T value[TOGETHER] = {0}; \
            PLACE base[TOGETHER] = {0}; \
            memcpy(value, values + begin, (size_t)some * sizeof(T)); \
            /* The place is in base ... base + rest. */ \
            PLACE rest = (PLACE)length; \
            while (rest > 1) { \
                PLACE half = rest / 2; \
                VECTOR for (int i = 0; i < TOGETHER; i++) { \
                    const T number = row[base[i] + half - 1], x = value[i]; \
                    base[i] += below ? half : 0; \
                } \
                rest -= half; \
            } \
            for (int64_t i = 0; i < some; i++) { \
                const T number = length > 0 ? row[base[i]] : 0, x = value[i]; \
                places[begin + i] = (int64_t)base[i] + (length > 0 && (below)); \
            } \
        } \
    }

// Rows that are short enough have places of 32 bits.
#define SEARCHES(T) \
    SEARCH(T, near_left_##T, int32_t, !(number >= x)) \
    SEARCH(T, near_right_##T, int32_t, !(number > x)) \
    SEARCH(T, far_left_##T, int64_t, !(number >= x)) \
    SEARCH(T, far_right_##T, int64_t, !(number > x)) \
    static void search_##T(int64_t begin, int64_t end, void *context) { \
        const searching *s = context; \
        while (begin < end) { \
            int64_t row = s->shared ? 0 : begin / s->count, \
                    stop = s->shared ? end : min64(end, (row + 1) * s->count); \
            const T *sorted = (const T *)s->sorted + row * s->length, \
                    *values = (const T *)s->values + begin; \
            int64_t *places = s->places + begin; \
            if (s->length > INT32_MAX) { \
                (s->right ? far_right_##T : far_left_##T)(sorted, s->length, stop - begin, values, \
                                                          places); \
            } else { \
                (s->right ? near_right_##T : near_left_##T)(sorted, s->length, stop - begin, \
                                                            values, places); \
            } \
            begin = stop; \
        } \
    }
SEARCHES(float)
SEARCHES(double)
SEARCHES(int64_t)

void mt_search_sorted(mt_dtype type, int64_t rows, int64_t length, int64_t count, bool shared,
                      bool right, const void *sorted, const void *values, int64_t *places) {
    searching s = {length, count, shared, right, sorted, values, places};
    mt_body body = type == MT_FLOAT32   ? search_float
                   : type == MT_FLOAT64 ? search_double
                                        : search_int64_t;
    mt_parallel(rows * count, 4096, body, &s);
}
