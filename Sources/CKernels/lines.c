// Lines that are not runs in memory are read and written sixteen neighbours at a time, so that no
// cache line is fetched for one element.
#include "lines.h"

enum { PANEL = 16 };

#define TRANSFER(T) \
    static void read_##T(const T *src, int64_t inner, int64_t count, int64_t lines, T *dst, \
                         int64_t pitch) { \
        for (int64_t i = 0; i < count; i++) { \
            for (int64_t j = 0; j < lines; j++) dst[j * pitch + i] = src[i * inner + j]; \
        } \
    } \
    static void write_##T(const T *src, int64_t pitch, int64_t count, int64_t lines, T *dst, \
                          int64_t inner) { \
        for (int64_t i = 0; i < count; i++) { \
            for (int64_t j = 0; j < lines; j++) dst[i * inner + j] = src[j * pitch + i]; \
        } \
    }
TRANSFER(uint8_t)
TRANSFER(uint16_t)
TRANSFER(uint32_t)
TRANSFER(uint64_t)

static void read_lines(int64_t size, const void *src, int64_t inner, int64_t count, int64_t lines,
                       void *dst, int64_t pitch) {
    switch (size) {
    case 1: read_uint8_t(src, inner, count, lines, dst, pitch); break;
    case 2: read_uint16_t(src, inner, count, lines, dst, pitch); break;
    case 4: read_uint32_t(src, inner, count, lines, dst, pitch); break;
    default: read_uint64_t(src, inner, count, lines, dst, pitch); break;
    }
}

static void write_lines(int64_t size, const void *src, int64_t pitch, int64_t count, int64_t lines,
                        void *dst, int64_t inner) {
    switch (size) {
    case 1: write_uint8_t(src, pitch, count, lines, dst, inner); break;
    case 2: write_uint16_t(src, pitch, count, lines, dst, inner); break;
    case 4: write_uint32_t(src, pitch, count, lines, dst, inner); break;
    default: write_uint64_t(src, pitch, count, lines, dst, inner); break;
    }
}

// inner = 1: a unit is a line.
static void run_range(int64_t begin, int64_t end, void *context) {
    const mt_lines *x = context;
    int64_t size = item_size(x->type);
    char *scratch = mt_scratch((size_t)x->scratch);
    for (int64_t row = begin; row < end; row++) {
        x->line(x, (const char *)x->src + row * x->count * size,
                (char *)x->values + row * x->results * size, x->places + row * x->results, scratch);
    }
    mt_deallocate(scratch, (size_t)x->scratch);
}

// A unit is a panel of neighbouring lines.
static void panel_range(int64_t begin, int64_t end, void *context) {
    const mt_lines *x = context;
    // Lines a power of two apart would share one set of the cache.
    int64_t size = item_size(x->type), in = x->count + PANEL, out = x->results + PANEL,
            panels = div_up(x->inner, PANEL);
    size_t bytes = (size_t)(PANEL * (in * size + out * (size + 8)) + x->scratch);
    int64_t *places = mt_scratch(bytes);
    char *src = (char *)(places + PANEL * out), *values = src + PANEL * in * size,
         *scratch = values + PANEL * out * size;
    for (int64_t unit = begin; unit < end; unit++) {
        int64_t outer = unit / panels, column = unit % panels * PANEL,
                lines = min64(PANEL, x->inner - column),
                to = outer * x->results * x->inner + column;
        read_lines(size, (const char *)x->src + (outer * x->count * x->inner + column) * size,
                   x->inner, x->count, lines, src, in);
        for (int64_t j = 0; j < lines; j++)
            x->line(x, src + j * in * size, values + j * out * size, places + j * out, scratch);
        write_lines(size, values, out, x->results, lines, (char *)x->values + to * size, x->inner);
        write_lines(8, places, out, x->results, lines, x->places + to, x->inner);
    }
    mt_deallocate(places, bytes);
}

void mt_each_line(const mt_lines *x) {
    enum { WORK = 4 }; // a line's work, in elements of simple kernels, for each of its own
    if (x->inner == 1) {
        mt_parallel(x->outer, row_grain(WORK * x->count), run_range, (void *)x);
    } else {
        mt_parallel(x->outer * div_up(x->inner, PANEL), row_grain(WORK * x->count * PANEL),
                    panel_range, (void *)x);
    }
}
