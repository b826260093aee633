// Between samples of 0 ... 255 and the numbers that networks see.
#include "CImage.h"

#include <math.h>

#include "vector.h"

// A period of 48 holds whole pixels of 1 and of 3 channels and whole vectors of every width.
enum { PERIOD = 48 };

CI_CLONES static void convert(const uint8_t *source, int64_t count, const float scale[PERIOD],
                              const float bias[PERIOD], float *target) {
    int64_t i = 0;
    for (; i + PERIOD <= count; i += PERIOD) {
        for (int k = 0; k < PERIOD; k++) target[i + k] = source[i + k] * scale[k] + bias[k];
    }
    for (int k = 0; i < count; i++, k++) target[i] = source[i] * scale[k] + bias[k];
}

void ci_to_floats(const uint8_t *const *images, int64_t count, int64_t pixels, int32_t channels,
                  const float *scale, const float *bias, float *target) {
    float scales[PERIOD], biases[PERIOD];
    for (int k = 0; k < PERIOD; k++) {
        scales[k] = scale[k % channels];
        biases[k] = bias[k % channels];
    }
    for (int64_t i = 0; i < count; i++) {
        convert(images[i], pixels * channels, scales, biases, target + i * pixels * channels);
    }
}

CI_CLONES void ci_to_planes(const uint8_t *image, int64_t pixels, int32_t channels,
                            const float *scale, const float *bias, float *target) {
    for (int32_t c = 0; c < channels; c++) {
        float *plane = target + c * pixels;
        for (int64_t i = 0; i < pixels; i++)
            plane[i] = image[i * channels + c] * scale[c] + bias[c];
    }
}

CI_CLONES void ci_from_planes(const float *source, int64_t pixels, int32_t channels,
                              const float *scale, const float *bias, uint8_t *target) {
    for (int32_t c = 0; c < channels; c++) {
        const float *plane = source + c * pixels;
        for (int64_t i = 0; i < pixels; i++) {
            float value = plane[i] * scale[c] + bias[c];
            // Written so that what is not a number becomes 0.
            value = value > 0 ? value : 0;
            value = value < 255 ? value : 255;
            target[i * channels + c] = (uint8_t)(value + 0.5f);
        }
    }
}
