// Crops, flips, EXIF turns, and affine and perspective warps. OpenCV's warps round positions to
// 1/32 pixel, which shows as differences of several grey levels; these sample at the exact
// position.
#include "CImage.h"

#include <math.h>
#include <string.h>

#include "vector.h"

static void fill_pixels(uint8_t *target, int64_t count, int32_t channels, const uint8_t *fill) {
    if (channels == 1) {
        memset(target, fill[0], (size_t)count);
        return;
    }
    for (int64_t i = 0; i < count; i++) memcpy(target + 3 * i, fill, 3);
}

static void mirror_row(const uint8_t *source, int32_t count, int32_t channels, uint8_t *target) {
    if (channels == 1) {
        for (int32_t x = 0; x < count; x++) target[x] = source[count - 1 - x];
        return;
    }
    for (int32_t x = 0; x < count; x++) {
        const uint8_t *pixel = source + 3 * (size_t)(count - 1 - x);
        for (int c = 0; c < 3; c++) target[3 * (size_t)x + (size_t)c] = pixel[c];
    }
}

void ci_crop(const uint8_t *source, int32_t height, int32_t width, int32_t channels, int32_t top,
             int32_t left, uint8_t *target, int32_t target_height, int32_t target_width,
             const uint8_t *fill, int32_t mirror) {
    // The part of the target that lies in the source: columns begin ..< end.
    int64_t begin = left < 0 ? -(int64_t)left : 0, end = (int64_t)width - left;
    if (begin > target_width) begin = target_width;
    if (end > target_width) end = target_width;
    if (end < begin) end = begin;
    for (int64_t y = 0; y < target_height; y++) {
        uint8_t *row = target + y * target_width * channels;
        int64_t from = top + y;
        if (from < 0 || from >= height || begin == end) {
            fill_pixels(row, target_width, channels, fill);
            continue;
        }
        int64_t before = mirror ? target_width - end : begin;
        fill_pixels(row, before, channels, fill);
        const uint8_t *pixels = source + (from * width + left + begin) * channels;
        if (mirror) {
            mirror_row(pixels, (int32_t)(end - begin), channels, row + before * channels);
        } else {
            memcpy(row + before * channels, pixels, (size_t)((end - begin) * channels));
        }
        int64_t after = before + end - begin;
        fill_pixels(row + after * channels, target_width - after, channels, fill);
    }
}

void ci_flip_rows(const uint8_t *source, int32_t height, int32_t width, int32_t channels,
                  uint8_t *target) {
    size_t pitch = (size_t)width * (size_t)channels;
    for (int32_t y = 0; y < height; y++) {
        memcpy(target + (size_t)y * pitch, source + (size_t)(height - 1 - y) * pitch, pitch);
    }
}

void ci_orient(const uint8_t *source, int32_t height, int32_t width, int32_t channels,
               int32_t orientation, uint8_t *target) {
    int swapped = orientation > 4;
    int32_t rows = swapped ? width : height, columns = swapped ? height : width;
    // 2 mirrors, 3 turns by 180 degrees, 4 flips; 5 ... 8 are transposed first.
    int from_right, from_bottom;
    switch (orientation) {
    case 2: from_right = 1, from_bottom = 0; break;
    case 3: from_right = 1, from_bottom = 1; break;
    case 4: from_right = 0, from_bottom = 1; break;
    case 6: from_right = 0, from_bottom = 1; break;
    case 7: from_right = 1, from_bottom = 1; break;
    case 8: from_right = 1, from_bottom = 0; break;
    default: from_right = 0, from_bottom = 0; break;
    }
    for (int32_t y = 0; y < rows; y++) {
        for (int32_t x = 0; x < columns; x++) {
            int32_t source_x = swapped ? y : x, source_y = swapped ? x : y;
            if (from_right) source_x = width - 1 - source_x;
            if (from_bottom) source_y = height - 1 - source_y;
            const uint8_t *pixel =
                source + ((size_t)source_y * (size_t)width + (size_t)source_x) * (size_t)channels;
            for (int32_t c = 0; c < channels; c++) *target++ = pixel[c];
        }
    }
}

typedef struct {
    const uint8_t *pixels;
    int32_t height, width, channels;
    const uint8_t *fill;
} picture;

static inline const uint8_t *at(const picture *p, int64_t y, int64_t x) {
    if (x < 0 || y < 0 || x >= p->width || y >= p->height) return p->fill;
    return p->pixels + (y * p->width + x) * p->channels;
}

static inline uint8_t mixed(uint8_t a, uint8_t b, uint8_t c, uint8_t d, float fx, float fy) {
    float upper = a + ((float)b - a) * fx;
    float lower = c + ((float)d - c) * fx;
    return (uint8_t)(upper + (lower - upper) * fy + 0.5f);
}

// Of one pixel; the fourth is the next pixel's.
static inline float32x4 samples(const uint8_t *pixel) {
    uint8x4 bytes;
    memcpy(&bytes, pixel, 4);
    return __builtin_convertvector(bytes, float32x4);
}

// `x` and `y` are above -3, so adding 4 lets the cheap rounding towards zero stand for floor.
static inline int32_t floored(double value) { return (int32_t)(value + 4) - 4; }

static inline void sample_bilinear(const picture *p, double x, double y, uint8_t *target) {
    int32_t x0 = floored(x), y0 = floored(y);
    float fx = (float)(x - x0), fy = (float)(y - y0);
    const uint8_t *a, *b, *c, *d;
    if (x0 >= 0 && y0 >= 0 && x0 + 1 < p->width && y0 + 1 < p->height) {
        a = p->pixels + ((int64_t)y0 * p->width + x0) * p->channels;
        b = a + p->channels;
        c = a + (int64_t)p->width * p->channels;
        d = c + p->channels;
    } else {
        a = at(p, y0, x0), b = at(p, y0, x0 + 1);
        c = at(p, y0 + 1, x0), d = at(p, y0 + 1, x0 + 1);
    }
    if (p->channels == 1) {
        *target = mixed(*a, *b, *c, *d, fx, fy);
        return;
    }
    float32x4 upper = samples(a) + (samples(b) - samples(a)) * fx;
    float32x4 lower = samples(c) + (samples(d) - samples(c)) * fx;
    int32x4 sum = __builtin_convertvector(upper + (lower - upper) * fy + 0.5f, int32x4);
    uint8x4 bytes = __builtin_convertvector(sum, uint8x4);
    memcpy(target, &bytes, 3);
}

// Keys' cubic with -0.75, as PyTorch's grid_sample.
static void cubic_weights(float t, float weights[4]) {
    const float a = -0.75f;
    for (int i = 0; i < 4; i++) {
        float x = fabsf(t + 1 - (float)i);
        weights[i] = x <= 1 ? ((a + 2) * x - (a + 3)) * x * x + 1
                            : ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
    }
}

static void sample_bicubic(const picture *p, double x, double y, uint8_t *target) {
    double left = floor(x), top = floor(y);
    float across[4], down[4], sums[3] = {0, 0, 0};
    cubic_weights((float)(x - left), across);
    cubic_weights((float)(y - top), down);
    for (int j = 0; j < 4; j++) {
        for (int i = 0; i < 4; i++) {
            const uint8_t *pixel = at(p, (int64_t)top - 1 + j, (int64_t)left - 1 + i);
            float weight = across[i] * down[j];
            for (int32_t c = 0; c < p->channels; c++) sums[c] += weight * pixel[c];
        }
    }
    for (int32_t c = 0; c < p->channels; c++) {
        target[c] = (uint8_t)(sums[c] < 0 ? 0 : sums[c] > 255 ? 255 : sums[c] + 0.5f);
    }
}

CI_CLONES ci_status ci_warp(const uint8_t *source, int32_t height, int32_t width, int32_t channels,
                            uint8_t *target, int32_t target_height, int32_t target_width,
                            const double matrix[9], ci_filter filter, const uint8_t *fill) {
    if (filter != CI_NEAREST && filter != CI_BILINEAR && filter != CI_BICUBIC) return CI_INTERNAL;
    // Room for reading four samples where there are three.
    uint8_t outside[4] = {fill[0], fill[channels > 1], fill[channels - 1], 0};
    picture p = {source, height, width, channels, outside};
    // Divisions are slow, and most maps need none.
    int affine = matrix[6] == 0 && matrix[7] == 0 && matrix[8] == 1;
    for (int32_t row = 0; row < target_height; row++) {
        double v = row + 0.5;
        for (int32_t column = 0; column < target_width; column++, target += channels) {
            double u = column + 0.5;
            double x = matrix[0] * u + matrix[1] * v + matrix[2];
            double y = matrix[3] * u + matrix[4] * v + matrix[5];
            if (!affine) {
                double depth = matrix[6] * u + matrix[7] * v + matrix[8];
                x /= depth;
                y /= depth;
            }
            x -= 0.5;
            y -= 0.5;
            // Also what is not a number; far outside, every neighbour is the fill.
            if (!(x > -3 && y > -3 && x < (double)width + 3 && y < (double)height + 3)) {
                memcpy(target, fill, (size_t)channels);
            } else if (filter == CI_NEAREST) {
                memcpy(target, at(&p, (int64_t)rint(y), (int64_t)rint(x)), (size_t)channels);
            } else if (filter == CI_BILINEAR) {
                sample_bilinear(&p, x, y, target);
            } else {
                sample_bicubic(&p, x, y, target);
            }
        }
    }
    return CI_OK;
}
