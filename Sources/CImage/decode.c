// Tells image formats apart by their first bytes and hands each to its decoder. The names of files
// say nothing here, and formats that nobody trains on (and whose decoders are seldom attacked) are
// refused.
#include "codec.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Kernels read whole 4-byte groups of 3-byte pixels.
enum { SPARE = 64 };

uint8_t *ci_allocate(size_t count) {
    void *memory = NULL;
    if (count > SIZE_MAX / 2) return NULL;
    if (posix_memalign(&memory, 64, count + SPARE) != 0) return NULL;
    memset((uint8_t *)memory + count, 0, SPARE);
    return memory;
}

void ci_free(void *memory) { free(memory); }

ci_status ci_fail(ci_message *message, ci_status status, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message->text, sizeof message->text, format, arguments);
    va_end(arguments);
    return status;
}

ci_status ci_accept(ci_request *request, int64_t width, int64_t height, int32_t own_channels) {
    if (width <= 0 || height <= 0) {
        return ci_fail(request->message, CI_DAMAGED,
                       "its header gives a size of %lld x %lld pixels", (long long)width,
                       (long long)height);
    }
    // Each side on its own first, so that the product cannot overflow.
    if (width > INT32_MAX / 8 || height > INT32_MAX / 8 || width * height > request->max_pixels) {
        return ci_fail(request->message, CI_TOO_LARGE,
                       "its header announces %lld x %lld pixels, more than the %lld allowed",
                       (long long)width, (long long)height, (long long)request->max_pixels);
    }
    // A decoder may need room for the file's channels and for the ones asked for.
    int64_t most = request->channels > own_channels ? request->channels : own_channels;
    if (width * height * most > request->max_bytes) {
        return ci_fail(request->message, CI_TOO_LARGE,
                       "its header announces %lld bytes of pixels, more than the %lld allowed",
                       (long long)(width * height * most), (long long)request->max_bytes);
    }
    request->info->width = (int32_t)width;
    request->info->height = (int32_t)height;
    request->info->channels = own_channels;
    if (request->image != NULL) {
        request->image->width = (int32_t)width;
        request->image->height = (int32_t)height;
        request->image->channels = request->channels != 0 ? request->channels : own_channels;
    }
    return CI_OK;
}

ci_status ci_take_memory(ci_request *request) {
    ci_image *image = request->image;
    size_t count = (size_t)image->width * (size_t)image->height * (size_t)image->channels;
    image->pixels = ci_allocate(count);
    if (image->pixels == NULL) {
        return ci_fail(request->message, CI_NO_MEMORY, "no memory for %zu bytes of pixels", count);
    }
    return CI_OK;
}

static int starts(const uint8_t *bytes, size_t count, const char *magic, size_t length) {
    return count >= length && memcmp(bytes, magic, length) == 0;
}

static ci_status refuse(const uint8_t *bytes, size_t count, ci_message *message) {
    static const struct {
        const char *magic;
        size_t length;
        const char *name;
    } known[] = {
        {"GIF8", 4, "a GIF"},
        {"II*\0", 4, "a TIFF"},
        {"MM\0*", 4, "a TIFF"},
        {"%PDF", 4, "a PDF"},
        {"<svg", 4, "an SVG"},
        {"PK\3\4", 4, "a ZIP archive"},
        {"\x1f\x8b", 2, "a gzip"},
        {"<!DO", 4, "an HTML page"},
        {"<htm", 4, "an HTML page"},
        {"\0\0\0\x0cjP", 6, "a JPEG 2000"},
        {"\xff\x4f\xff\x51", 4, "a JPEG 2000"},
        {"\x76\x2f\x31\x01", 4, "an OpenEXR"},
        {"#?RA", 4, "a Radiance HDR"},
        {"#?RG", 4, "a Radiance HDR"},
        {"\x59\xa6\x6a\x95", 4, "a Sun raster"},
        {"8BPS", 4, "a Photoshop"},
        {"\0\0\1\0", 4, "an icon"},
    };
    static const char expected[] = "JPEG, PNG, WebP or BMP";
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (starts(bytes, count, known[i].magic, known[i].length)) {
            return ci_fail(message, CI_UNSUPPORTED, "it is %s file, expected %s", known[i].name,
                           expected);
        }
    }
    if (count >= 3 && bytes[0] == 'P' && ((bytes[1] >= '1' && bytes[1] <= '7') || bytes[1] == 'F') &&
        (bytes[2] == ' ' || (bytes[2] >= 9 && bytes[2] <= 13))) {
        return ci_fail(message, CI_UNSUPPORTED, "it is a PNM file, expected %s", expected);
    }
    if (count >= 12 && memcmp(bytes + 4, "ftyp", 4) == 0) {
        return ci_fail(message, CI_UNSUPPORTED, "it is an MP4, HEIC or AVIF file, expected %s",
                       expected);
    }
    size_t shown = count < 64 ? count : 64;
    int text = 1;
    for (size_t i = 0; i < shown; i++) {
        if (bytes[i] < 9 || (bytes[i] > 13 && bytes[i] < 32) || bytes[i] == 127) text = 0;
    }
    return ci_fail(message, CI_NOT_AN_IMAGE,
                   text ? "it holds text, not an image; expected %s"
                        : "it is not an image of a known format; expected %s",
                   expected);
}

static ci_status dispatch(ci_request *request) {
    const uint8_t *bytes = request->bytes;
    size_t count = request->count;
    request->message->text[0] = 0;
    memset(request->info, 0, sizeof *request->info);
    request->info->orientation = 1;
    if (count == 0) return ci_fail(request->message, CI_EMPTY, "it is empty");
    if (starts(bytes, count, "\xff\xd8", 2)) {
        request->info->format = "JPEG";
        return ci_read_jpeg(request);
    }
    if (starts(bytes, count, "\x89PNG\r\n\x1a\n", 8)) {
        request->info->format = "PNG";
        return ci_read_png(request);
    }
    if (count >= 12 && memcmp(bytes, "RIFF", 4) == 0 && memcmp(bytes + 8, "WEBP", 4) == 0) {
        request->info->format = "WebP";
        return ci_read_webp(request);
    }
    if (starts(bytes, count, "BM", 2) && count >= 14 && memcmp(bytes + 6, "\0\0\0\0", 4) == 0) {
        request->info->format = "BMP";
        return ci_read_bmp(request);
    }
    if (memcmp(bytes, "\x89PNG\r\n\x1a\n", count < 8 ? count : 8) == 0) {
        return ci_fail(request->message, CI_DAMAGED, "the PNG file ends early");
    }
    return refuse(bytes, count, request->message);
}

ci_status ci_probe(const uint8_t *bytes, size_t count, ci_info *info, ci_message *message) {
    ci_request request = {bytes, count, 0, INT64_MAX, INT64_MAX, info, NULL, message};
    return dispatch(&request);
}

ci_status ci_decode(const uint8_t *bytes, size_t count, int32_t channels, int64_t max_pixels,
                    int64_t max_bytes, int32_t apply_orientation, ci_image *image,
                    ci_message *message) {
    memset(image, 0, sizeof *image);
    if (channels != 0 && channels != 1 && channels != 3) {
        return ci_fail(message, CI_INTERNAL, "expected 1 or 3 channels, got %d", (int)channels);
    }
    ci_info info;
    ci_request request = {bytes, count, channels, max_pixels, max_bytes, &info, image, message};
    ci_status status = dispatch(&request);
    if (status == CI_OK && apply_orientation && info.orientation != 1) {
        ci_image upright = *image;
        if (info.orientation > 4) {
            upright.width = image->height;
            upright.height = image->width;
        }
        upright.pixels =
            ci_allocate((size_t)image->width * (size_t)image->height * (size_t)image->channels);
        if (upright.pixels == NULL) {
            status = ci_fail(message, CI_NO_MEMORY, "no memory to turn the image upright");
        } else {
            ci_orient(image->pixels, image->height, image->width, image->channels, info.orientation,
                      upright.pixels);
            ci_free(image->pixels);
            *image = upright;
        }
    }
    if (status != CI_OK) {
        ci_free(image->pixels);
        memset(image, 0, sizeof *image);
    }
    return status;
}
