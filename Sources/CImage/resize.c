// Resizing with the filter widened by the scale when shrinking (antialiasing), as Pillow and
// torchvision do. OpenCV's linear and cubic resizing look at 2 or 4 pixels however much the image
// shrinks, so the numbers a network sees would alias and differ from those it was trained on. The
// arithmetic is fixed point with 22 bits, one direction after the other, rounding between: equal to
// Pillow's.
#include "CImage.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "vector.h"

enum { BITS = 22, HALF = 1 << (BITS - 1) };

typedef struct {
    int32_t taps;     // the most source samples a target sample draws on
    int32_t *first;   // of each target sample: the first source sample ...
    int32_t *count;   // ... how many follow ...
    int32_t *weights; // ... and their weights, `taps` apart
} filter_table;

static double box(double x) { return x > -0.5 && x <= 0.5 ? 1 : 0; }

static double triangle(double x) {
    x = fabs(x);
    return x < 1 ? 1 - x : 0;
}

static double cubic(double x, double a) {
    x = fabs(x);
    if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
    if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
    return 0;
}

static double sinc(double x) { return x == 0 ? 1 : sin(x * M_PI) / (x * M_PI); }

static double lanczos(double x) { return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0; }

static double kernel(ci_filter filter, int antialias, double x) {
    switch (filter) {
    case CI_BOX: return box(x);
    case CI_BILINEAR: return triangle(x);
    // -0.5 is Pillow's; without antialiasing PyTorch and OpenCV take -0.75.
    case CI_BICUBIC: return cubic(x, antialias ? -0.5 : -0.75);
    default: return lanczos(x);
    }
}

static double support_of(ci_filter filter) {
    switch (filter) {
    case CI_BOX: return 0.5;
    case CI_BILINEAR: return 1;
    case CI_BICUBIC: return 2;
    default: return 3;
    }
}

static void release(filter_table *table) {
    free(table->first);
    free(table->count);
    free(table->weights);
}

static int tabulate(filter_table *table, int32_t source, int32_t target, ci_filter filter,
                    int antialias) {
    double scale = (double)source / target;
    double widening = antialias && scale > 1 ? scale : 1;
    double support = support_of(filter) * widening;
    table->taps = (int32_t)ceil(support) * 2 + 1;
    table->first = malloc(sizeof(int32_t) * (size_t)target);
    table->count = malloc(sizeof(int32_t) * (size_t)target);
    table->weights = malloc(sizeof(int32_t) * (size_t)target * (size_t)table->taps);
    double *exact = malloc(sizeof(double) * (size_t)table->taps);
    int enough = table->first && table->count && table->weights && exact;
    for (int32_t i = 0; enough && i < target; i++) {
        double centre = (i + 0.5) * scale;
        int32_t low = (int32_t)fmax(centre - support + 0.5, 0);
        int32_t high = (int32_t)fmin(centre + support + 0.5, source);
        double sum = 0;
        for (int32_t k = 0; k < high - low; k++) {
            exact[k] = kernel(filter, antialias, (k + low - centre + 0.5) / widening);
            sum += exact[k];
        }
        int32_t *weights = table->weights + (size_t)i * (size_t)table->taps;
        for (int32_t k = 0; k < high - low; k++) {
            double weight = (sum != 0 ? exact[k] / sum : exact[k]) * (1 << BITS);
            weights[k] = (int32_t)(weight < 0 ? weight - 0.5 : weight + 0.5);
        }
        table->first[i] = low;
        table->count[i] = high - low;
    }
    free(exact);
    return enough;
}

static inline uint8_t narrow(int32_t sum) {
    int32_t value = sum >> BITS;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

CI_CLONES static void along_row_3(const uint8_t *source, uint8_t *target, int32_t width,
                                  const filter_table *table) {
    for (int32_t x = 0; x < width; x++) {
        const uint8_t *pixel = source + 3 * (size_t)table->first[x];
        const int32_t *weights = table->weights + (size_t)x * (size_t)table->taps;
        int32_t count = table->count[x];
        // The fourth lane belongs to the next pixel and is thrown away.
        int32x4 sum = {HALF, HALF, HALF, HALF}, sum2 = {0, 0, 0, 0};
        int32_t k = 0;
        for (; k + 1 < count; k += 2) {
            uint8x4 a, b;
            memcpy(&a, pixel + 3 * k, 4);
            memcpy(&b, pixel + 3 * k + 3, 4);
            sum += __builtin_convertvector(a, int32x4) * weights[k];
            sum2 += __builtin_convertvector(b, int32x4) * weights[k + 1];
        }
        if (k < count) {
            uint8x4 a;
            memcpy(&a, pixel + 3 * k, 4);
            sum += __builtin_convertvector(a, int32x4) * weights[k];
        }
        sum += sum2;
        for (int c = 0; c < 3; c++) target[3 * x + c] = narrow(sum[c]);
    }
}

CI_CLONES static void along_row_1(const uint8_t *source, uint8_t *target, int32_t width,
                                  const filter_table *table) {
    for (int32_t x = 0; x < width; x++) {
        const uint8_t *pixel = source + table->first[x];
        const int32_t *weights = table->weights + (size_t)x * (size_t)table->taps;
        int32_t sum = HALF;
        for (int32_t k = 0; k < table->count[x]; k++) sum += pixel[k] * weights[k];
        target[x] = narrow(sum);
    }
}

// One target row from the rows above each other, in blocks that stay in registers.
CI_CLONES static void along_columns(const uint8_t *source, size_t stride, uint8_t *target,
                                    size_t bytes, const int32_t *weights, int32_t count) {
    enum { BLOCK = 64 };
    size_t x = 0;
    for (; x + BLOCK <= bytes; x += BLOCK) {
        int32_t sums[BLOCK];
        for (int i = 0; i < BLOCK; i++) sums[i] = HALF;
        for (int32_t k = 0; k < count; k++) {
            const uint8_t *row = source + (size_t)k * stride + x;
            int32_t weight = weights[k];
            for (int i = 0; i < BLOCK; i++) sums[i] += row[i] * weight;
        }
        for (int i = 0; i < BLOCK; i++) target[x + (size_t)i] = narrow(sums[i]);
    }
    for (; x < bytes; x++) {
        int32_t sum = HALF;
        for (int32_t k = 0; k < count; k++) sum += source[(size_t)k * stride + x] * weights[k];
        target[x] = narrow(sum);
    }
}

static void resize_rows(const uint8_t *source, size_t stride, int32_t height, int32_t channels,
                        uint8_t *target, int32_t target_width, const filter_table *table) {
    for (int32_t y = 0; y < height; y++) {
        const uint8_t *row = source + (size_t)y * stride;
        uint8_t *written = target + (size_t)y * (size_t)target_width * (size_t)channels;
        if (channels == 3) {
            along_row_3(row, written, target_width, table);
        } else {
            along_row_1(row, written, target_width, table);
        }
    }
}

static void resize_columns(const uint8_t *source, size_t stride, size_t bytes, uint8_t *target,
                           int32_t target_height, const filter_table *table) {
    for (int32_t y = 0; y < target_height; y++) {
        along_columns(source + (size_t)table->first[y] * stride, stride, target + (size_t)y * bytes,
                      bytes, table->weights + (size_t)y * (size_t)table->taps, table->count[y]);
    }
}

// Positions are summed up, not multiplied out, because Pillow does: where a position falls on the
// edge between two pixels, the rounding error decides.
static void nearest(const uint8_t *source, size_t stride, int32_t height, int32_t width,
                    int32_t channels, uint8_t *target, int32_t target_height,
                    int32_t target_width) {
    double down = (double)height / target_height, across = (double)width / target_width;
    double from_y = down * 0.5;
    for (int32_t y = 0; y < target_height; y++, from_y += down) {
        const uint8_t *row = source + (size_t)fmin(from_y, height - 1) * stride;
        double from_x = across * 0.5;
        for (int32_t x = 0; x < target_width; x++, from_x += across) {
            const uint8_t *pixel = row + (size_t)fmin(from_x, width - 1) * (size_t)channels;
            for (int32_t c = 0; c < channels; c++) *target++ = pixel[c];
        }
    }
}

ci_status ci_resize(const uint8_t *source, size_t stride, int32_t height, int32_t width,
                    int32_t channels, uint8_t *target, int32_t target_height, int32_t target_width,
                    ci_filter filter, int32_t antialias) {
    size_t bytes = (size_t)target_width * (size_t)channels;
    if (filter == CI_NEAREST) {
        nearest(source, stride, height, width, channels, target, target_height, target_width);
        return CI_OK;
    }
    int rows = target_width != width, columns = target_height != height;
    if (!rows && !columns) {
        for (int32_t y = 0; y < height; y++) {
            memcpy(target + (size_t)y * bytes, source + (size_t)y * stride, bytes);
        }
        return CI_OK;
    }
    filter_table across = {0}, down = {0};
    uint8_t *between = NULL;
    ci_status status = CI_NO_MEMORY;
    if (rows && !tabulate(&across, width, target_width, filter, antialias)) goto done;
    if (columns && !tabulate(&down, height, target_height, filter, antialias)) goto done;
    if (!columns) {
        resize_rows(source, stride, height, channels, target, target_width, &across);
    } else if (!rows) {
        resize_columns(source, stride, bytes, target, target_height, &down);
    } else if (target_height < height && 2 * (width - target_width) < height - target_height) {
        // Columns first when that leaves much less for the rows; where exactly the line is drawn
        // matters only in that Pillow 13 draws it there.
        size_t pitch = (size_t)width * (size_t)channels;
        between = ci_allocate((size_t)target_height * pitch);
        if (between == NULL) goto done;
        resize_columns(source, stride, pitch, between, target_height, &down);
        resize_rows(between, pitch, target_height, channels, target, target_width, &across);
    } else {
        between = ci_allocate((size_t)height * bytes);
        if (between == NULL) goto done;
        resize_rows(source, stride, height, channels, between, target_width, &across);
        resize_columns(between, bytes, bytes, target, target_height, &down);
    }
    status = CI_OK;
done:
    release(&across);
    release(&down);
    ci_free(between);
    return status;
}
