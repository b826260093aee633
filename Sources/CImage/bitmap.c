// The format simple enough to read by hand: BMP, uncompressed.
#include "codec.h"

#include <string.h>

static uint32_t word(const uint8_t *at) {
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static void store(ci_image *image, int64_t pixel, uint8_t red, uint8_t green, uint8_t blue) {
    if (image->channels == 3) {
        image->pixels[3 * pixel] = red;
        image->pixels[3 * pixel + 1] = green;
        image->pixels[3 * pixel + 2] = blue;
    } else {
        uint8_t colour[3] = {red, green, blue};
        ci_to_grey(colour, 1, image->pixels + pixel);
    }
}

static ci_status short_file(ci_request *request) {
    return ci_fail(request->message, CI_DAMAGED, "the %s file is truncated: it has %zu bytes",
                   request->info->format, request->count);
}

ci_status ci_read_bmp(ci_request *request) {
    const uint8_t *bytes = request->bytes;
    if (request->count < 54) return short_file(request);
    uint64_t data = word(bytes + 10), header = word(bytes + 14);
    if (header < 40) {
        return ci_fail(request->message, CI_UNSUPPORTED, "it is a BMP of the OS/2 kind");
    }
    int64_t width = (int32_t)word(bytes + 18), height = (int32_t)word(bytes + 22);
    uint32_t bits = bytes[28] | (uint32_t)bytes[29] << 8, compression = word(bytes + 30);
    uint64_t colours = word(bytes + 46);
    int top_down = height < 0;
    if (top_down) height = -height;
    int masks = compression == 3 && bits == 32;
    if ((compression != 0 && !masks) ||
        (bits != 1 && bits != 4 && bits != 8 && bits != 24 && bits != 32)) {
        return ci_fail(request->message, CI_UNSUPPORTED,
                       "it is a BMP of %u bits with compression %u", bits, compression);
    }
    if (masks && request->count >= 66 &&
        (word(bytes + 54) != 0xff0000 || word(bytes + 58) != 0xff00 || word(bytes + 62) != 0xff)) {
        return ci_fail(request->message, CI_UNSUPPORTED, "it is a BMP with unusual channel masks");
    }
    const uint8_t *palette = NULL;
    int grey = 0;
    if (bits <= 8) {
        if (colours == 0 || colours > 1u << bits) colours = 1u << bits;
        if (header > request->count - 14 || colours * 4 > request->count - 14 - header) {
            return short_file(request);
        }
        palette = bytes + 14 + header;
        grey = 1;
        for (uint64_t i = 0; i < colours; i++) {
            const uint8_t *entry = palette + 4 * i;
            if (entry[0] != entry[1] || entry[1] != entry[2]) grey = 0;
        }
    }
    ci_status status = ci_accept(request, width, height, grey ? 1 : 3);
    if (status != CI_OK) return status;
    uint64_t pitch = ((uint64_t)width * bits + 31) / 32 * 4;
    if (data > request->count || pitch * (uint64_t)height > request->count - data) {
        return short_file(request);
    }
    if (request->image == NULL) return CI_OK;
    status = ci_take_memory(request);
    if (status != CI_OK) return status;
    for (int64_t y = 0; y < height; y++) {
        const uint8_t *row = bytes + data + pitch * (uint64_t)(top_down ? y : height - 1 - y);
        for (int64_t x = 0; x < width; x++) {
            const uint8_t *entry = row + x * (bits / 8);
            if (palette != NULL) {
                uint32_t per_byte = 8 / bits;
                uint32_t shift = 8 - bits - ((uint32_t)x % per_byte) * bits;
                uint32_t index = (row[x / per_byte] >> shift) & ((1u << bits) - 1);
                if (index >= colours) {
                    return ci_fail(request->message, CI_DAMAGED,
                                   "the BMP uses colour %u of a palette of %llu", index,
                                   (unsigned long long)colours);
                }
                entry = palette + 4 * index;
            }
            store(request->image, y * width + x, entry[2], entry[1], entry[0]);
        }
    }
    return CI_OK;
}
