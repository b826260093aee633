// Colour as torchvision's functions on uint8 tensors define it, rounding towards zero where they do.
#include "CImage.h"

#include <math.h>

#include "vector.h"

CI_CLONES void ci_to_grey(const uint8_t *source, int64_t count, uint8_t *target) {
    for (int64_t i = 0; i < count; i++) {
        // The weights 0.299, 0.587 and 0.114 in 16 bits.
        target[i] = (uint8_t)((source[3 * i] * 19595u + source[3 * i + 1] * 38470u
                               + source[3 * i + 2] * 7471u + 0x8000u) >> 16);
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

void ci_contrast(uint8_t *pixels, int64_t count, int32_t channels, float factor) {
    if (count == 0) return;
    uint64_t sum = 0;
    for (int64_t i = 0; i < count; i++) {
        sum += channels == 3 ? (uint64_t)luminance(pixels + 3 * i) : pixels[i];
    }
    float mean = (float)((double)sum / (double)count) * (1 - factor);
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

// A full turn of the hue is 1; through HSV and back without rounding between.
CI_CLONES void ci_hue(uint8_t *pixels, int64_t count, float shift) {
    for (int64_t i = 0; i < count; i++) {
        float r = pixels[3 * i] / 255.f, g = pixels[3 * i + 1] / 255.f, b = pixels[3 * i + 2] / 255.f;
        float top = fmaxf(r, fmaxf(g, b)), bottom = fminf(r, fminf(g, b));
        float range = top - bottom;
        if (range == 0) continue; // grey has no hue
        float hue = top == r   ? (g - b) / range
                    : top == g ? 2 + (b - r) / range
                               : 4 + (r - g) / range;
        hue = hue / 6 + shift;
        hue = (hue - floorf(hue)) * 6;
        // Each channel is a trapezoid over the circle of hues, a third of a turn apart.
        static const float offsets[3] = {5, 3, 1};
        for (int c = 0; c < 3; c++) {
            float k = offsets[c] + hue;
            if (k >= 6) k -= 6;
            float depth = fmaxf(0, fminf(1, fminf(k, 4 - k)));
            // torchvision scales by 256 less a little, then cuts off.
            pixels[3 * i + c] = clamped((top - range * depth) * 255.999f);
        }
    }
}
