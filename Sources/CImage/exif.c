// Finds one number in EXIF metadata: which way up the camera was held.
#include "codec.h"

#include <string.h>

int32_t ci_exif_orientation(const uint8_t *tiff, size_t count) {
    if (count < 8) return 1;
    int little;
    if (memcmp(tiff, "II*\0", 4) == 0) {
        little = 1;
    } else if (memcmp(tiff, "MM\0*", 4) == 0) {
        little = 0;
    } else {
        return 1;
    }
#define WORD(at) (little ? tiff[at] | tiff[(at) + 1] << 8 : tiff[at] << 8 | tiff[(at) + 1])
    size_t directory =
        little ? (size_t)WORD(4) | (size_t)WORD(6) << 16 : (size_t)WORD(4) << 16 | (size_t)WORD(6);
    if (directory > count || count - directory < 2) return 1;
    size_t entries = (size_t)WORD(directory);
    for (size_t i = 0; i < entries; i++) {
        size_t at = directory + 2 + i * 12;
        if (at > count || count - at < 12) return 1;
        // Tag 0x0112 of type 3 (16-bit).
        if (WORD(at) == 0x0112 && WORD(at + 2) == 3) {
            int value = WORD(at + 8);
            return value >= 1 && value <= 8 ? value : 1;
        }
    }
#undef WORD
    return 1;
}
