// Colour as torchvision's functions on uint8 tensors define it, rounding towards zero where they
// do.
#include "CImage.h"

#include <math.h>

#include "vector.h"

CI_CLONES void ci_to_grey(const uint8_t *source, int64_t count, uint8_t *target) {
    for (int64_t i = 0; i < count; i++) {
        // The weights 0.299, 0.587 and 0.114 in 16 bits.
        target[i] = (uint8_t)((source[3 * i] * 19595u + source[3 * i + 1] * 38470u +
                               source[3 * i + 2] * 7471u + 0x8000u) >>
                              16);
    }
}

void ci_to_colour(const uint8_t *source, int64_t count, uint8_t *target) {
    for (int64_t i = 0; i < count; i++) {
        target[3 * i] = target[3 * i + 1] = target[3 * i + 2] = source[i];
    }
}

static inline float luminance(const uint8_t *pixel) {
    return 0.2989f * pixel[0] + 0.587f * pixel[1] + 0.114f * pixel[2];
}

static inline uint8_t clamped(float value) {
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

CI_CLONES void ci_grayscale(uint8_t *pixels, int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        uint8_t grey = (uint8_t)luminance(pixels + 3 * i);
        pixels[3 * i] = pixels[3 * i + 1] = pixels[3 * i + 2] = grey;
    }
}

static void look_up(uint8_t *pixels, int64_t count, const uint8_t table[256]) {
    for (int64_t i = 0; i < count; i++) pixels[i] = table[pixels[i]];
}

void ci_brightness(uint8_t *pixels, int64_t count, int32_t channels, float factor) {
    uint8_t table[256];
    for (int i = 0; i < 256; i++) table[i] = clamped((float)i * factor);
    look_up(pixels, count * channels, table);
}

CI_CLONES static uint64_t sum_of(const uint8_t *pixels, int64_t count) {
    uint64_t sum = 0;
    for (int64_t i = 0; i < count; i++) sum += pixels[i];
    return sum;
}

// The grey of each pixel is rounded down before it is added.
CI_CLONES static uint64_t sum_of_luminance(const uint8_t *pixels, int64_t count) {
    uint64_t sum = 0;
    for (int64_t i = 0; i < count; i++) sum += (uint32_t)(int32_t)luminance(pixels + 3 * i);
    return sum;
}

void ci_contrast(uint8_t *pixels, int64_t count, int32_t channels, float factor) {
    if (count == 0) return;
    double sum = (double)(channels == 3 ? sum_of_luminance(pixels, count) : sum_of(pixels, count));
    float mean = (float)(sum / (double)count) * (1 - factor);
    uint8_t table[256];
    for (int i = 0; i < 256; i++) table[i] = clamped((float)i * factor + mean);
    look_up(pixels, count * channels, table);
}

CI_CLONES void ci_saturation(uint8_t *pixels, int64_t count, float factor) {
    for (int64_t i = 0; i < count; i++) {
        float grey = (float)(int32_t)luminance(pixels + 3 * i) * (1 - factor);
        for (int c = 0; c < 3; c++) pixels[3 * i + c] = clamped(pixels[3 * i + c] * factor + grey);
    }
}

// Comparisons instead of fmaxf and fminf, whose rules for NaN keep loops from becoming vectors.
static inline float larger(float a, float b) { return a > b ? a : b; }
static inline float smaller(float a, float b) { return a < b ? a : b; }

// One channel is a trapezoid over the circle of hues; `offset` tells them a third of a turn apart.
static inline uint8_t channel(float offset, float hue, float top, float range) {
    float k = offset + hue;
    k = k >= 6 ? k - 6 : k;
    float depth = larger(0, smaller(1, smaller(k, 4 - k)));
    // torchvision scales by 256 less a little, then cuts off.
    return clamped((top - range * depth) * 255.999f);
}

// A full turn of the hue is 1; through HSV and back without rounding between.
CI_CLONES void ci_hue(uint8_t *pixels, int64_t count, float shift) {
    for (int64_t i = 0; i < count; i++) {
        float r = pixels[3 * i] / 255.f, g = pixels[3 * i + 1] / 255.f,
              b = pixels[3 * i + 2] / 255.f;
        float top = larger(r, larger(g, b)), bottom = smaller(r, smaller(g, b));
        float range = top - bottom;
        // Grey has no hue; whatever is chosen, a range of 0 makes it vanish again.
        float divisor = range == 0 ? 1 : range;
        float hue = top == r ? g - b : top == g ? b - r : r - g;
        hue = hue / divisor + (top == r ? 0.f : top == g ? 2.f : 4.f);
        hue = hue / 6 + shift;
        hue = (hue - floorf(hue)) * 6;
        pixels[3 * i] = channel(5, hue, top, range);
        pixels[3 * i + 1] = channel(3, hue, top, range);
        pixels[3 * i + 2] = channel(1, hue, top, range);
    }
}
