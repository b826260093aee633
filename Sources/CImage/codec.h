// What the decoders share; not part of the library's interface.
#ifndef MARTLET_CODEC_H
#define MARTLET_CODEC_H

#include "CImage.h"

#ifdef __cplusplus
extern "C" {
#endif

// What a decoder is asked for.
typedef struct {
    const uint8_t *bytes;
    size_t count;
    int32_t channels; // 1, 3 or 0
    int64_t max_pixels, max_bytes;
    ci_info *info;   // what the header says; always filled in
    ci_image *image; // NULL when only the header is wanted
    ci_message *message;
} ci_request;

ci_status ci_read_jpeg(ci_request *request);
ci_status ci_read_png(ci_request *request);
ci_status ci_read_webp(ci_request *request);
ci_status ci_read_bmp(ci_request *request);

// Fills in the message and returns the status.
ci_status ci_fail(ci_message *message, ci_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// Checks the sizes of a header against the caps, and fills in what decoding yields.
ci_status ci_accept(ci_request *request, int64_t width, int64_t height, int32_t own_channels);

// Takes memory for the image of the accepted size.
ci_status ci_take_memory(ci_request *request);

// The orientation of an EXIF block that starts with its TIFF header; 1 when there is none.
int32_t ci_exif_orientation(const uint8_t *tiff, size_t count);

#ifdef __cplusplus
}
#endif

#endif
