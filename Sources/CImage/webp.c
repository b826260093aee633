// WebP through libwebp: single images, lossy or lossless.
#include "codec.h"

#include <stdlib.h>
#include <string.h>

#include <webp/decode.h>

static uint32_t word(const uint8_t *at) {
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

// The chunks of the container lie one after another, padded to even lengths.
static int32_t orientation_of(const uint8_t *bytes, size_t end) {
    size_t at = 12;
    while (end - at >= 8) {
        size_t length = word(bytes + at + 4);
        if (length > end - at - 8) return 1;
        if (memcmp(bytes + at, "EXIF", 4) == 0) {
            const uint8_t *exif = bytes + at + 8;
            // Some writers keep the prefix that only JPEG needs.
            if (length >= 6 && memcmp(exif, "Exif\0\0", 6) == 0) {
                return ci_exif_orientation(exif + 6, length - 6);
            }
            return ci_exif_orientation(exif, length);
        }
        size_t step = 8 + length + (length & 1);
        if (step > end - at) return 1;
        at += step;
    }
    return 1;
}

ci_status ci_read_webp(ci_request *request) {
    size_t announced = (size_t)word(request->bytes + 4) + 8;
    if (announced > request->count) {
        return ci_fail(request->message, CI_DAMAGED,
                       "the WebP file is truncated: it has %zu of the %zu bytes announced",
                       request->count, announced);
    }
    WebPBitstreamFeatures features;
    if (WebPGetFeatures(request->bytes, request->count, &features) != VP8_STATUS_OK) {
        return ci_fail(request->message, CI_DAMAGED, "the header of the WebP data is damaged");
    }
    if (features.has_animation) {
        return ci_fail(request->message, CI_UNSUPPORTED, "it is an animated WebP");
    }
    ci_status status = ci_accept(request, features.width, features.height, 3);
    if (status != CI_OK) return status;
    if (announced >= 12) request->info->orientation = orientation_of(request->bytes, announced);
    if (request->image == NULL) return CI_OK;
    status = ci_take_memory(request);
    if (status != CI_OK) return status;

    ci_image *image = request->image;
    size_t count = (size_t)image->width * (size_t)image->height;
    uint8_t *colour = image->channels == 3 ? image->pixels : malloc(count * 3);
    if (colour == NULL) {
        return ci_fail(request->message, CI_NO_MEMORY, "no memory for the pixels of the WebP");
    }
    uint8_t *written =
        WebPDecodeRGBInto(request->bytes, request->count, colour, count * 3, image->width * 3);
    if (written != NULL && image->channels == 1) {
        ci_to_grey(colour, (int64_t)count, image->pixels);
    }
    if (colour != image->pixels) free(colour);
    if (written == NULL) {
        return ci_fail(request->message, CI_DAMAGED, "the WebP data are damaged or truncated");
    }
    return CI_OK;
}
