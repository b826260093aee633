// PNG through libpng.
#include "codec.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

typedef struct {
    png_structp png;
    png_infop info;
    const uint8_t *bytes;
    size_t count, offset;
    ci_request *request;
    uint8_t *scratch; // decoded samples of another number of channels than the image's
    png_bytep *rows;
} decoder;

static void read_bytes(png_structp png, png_bytep target, size_t count) {
    decoder *d = png_get_io_ptr(png);
    if (d->count - d->offset < count) png_error(png, "the file is truncated");
    memcpy(target, d->bytes + d->offset, count);
    d->offset += count;
}

_Noreturn static void leave(png_structp png, png_const_charp text) {
    ci_message *message = png_get_error_ptr(png);
    ci_fail(message, CI_DAMAGED, "the PNG data are damaged: %s", text);
    png_longjmp(png, 1);
}

static void ignore(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}

static ci_status decode(decoder *d) {
    ci_request *request = d->request;
    png_structp png = d->png;
    png_set_read_fn(png, d, read_bytes);
    // A chunk of text or profile may inflate to anything; none is needed.
    png_set_chunk_malloc_max(png, 4 << 20);
    png_set_chunk_cache_max(png, 64);
    // The caps are ours; libpng's own would report other numbers.
    png_set_user_limits(png, 0x7fffffff, 0x7fffffff);
    png_read_info(png, d->info);
    int type = png_get_color_type(png, d->info);
    int depth = png_get_bit_depth(png, d->info);
    int grey = (type & PNG_COLOR_MASK_COLOR) == 0;
    ci_status status = ci_accept(request, png_get_image_width(png, d->info),
                                 png_get_image_height(png, d->info), grey ? 1 : 3);
    if (status != CI_OK) return status;
    if (request->image == NULL) return CI_OK;

    if (type == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
    if (grey && depth < 8) png_set_expand_gray_1_2_4_to_8(png);
    if (depth == 16) png_set_strip_16(png);
    // Also for the transparent colours of a palette.
    png_set_strip_alpha(png);
    if (grey && request->image->channels == 3) png_set_gray_to_rgb(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, d->info);

    status = ci_take_memory(request);
    if (status != CI_OK) return status;
    ci_image *image = request->image;
    size_t height = (size_t)image->height, width = (size_t)image->width;
    int shrinks = !grey && image->channels == 1;
    size_t pitch = width * (shrinks ? 3 : (size_t)image->channels);
    // The rows below are exactly this long; libpng must agree before it writes to them.
    if (png_get_rowbytes(png, d->info) != pitch) {
        return ci_fail(request->message, CI_UNSUPPORTED,
                       "it is a PNG of colour type %d with %d bits", type, depth);
    }
    uint8_t *pixels = image->pixels;
    if (shrinks) {
        d->scratch = malloc(height * pitch);
        pixels = d->scratch;
    }
    d->rows = malloc(height * sizeof *d->rows);
    if (pixels == NULL || d->rows == NULL) {
        return ci_fail(request->message, CI_NO_MEMORY, "no memory for the rows of pixels");
    }
    for (size_t y = 0; y < height; y++) d->rows[y] = pixels + y * pitch;
    png_read_image(png, d->rows);
    // To the end chunk, so that a file that lacks it is noticed.
    png_read_end(png, d->info);
    if (shrinks) ci_to_grey(pixels, (int64_t)(height * width), image->pixels);
    png_uint_32 length = 0;
    png_bytep exif = NULL;
    if (png_get_eXIf_1(png, d->info, &length, &exif) != 0) {
        request->info->orientation = ci_exif_orientation(exif, length);
    }
    return CI_OK;
}

ci_status ci_read_png(ci_request *request) {
    decoder d;
    memset(&d, 0, sizeof d);
    d.bytes = request->bytes;
    d.count = request->count;
    d.request = request;
    ci_status status = CI_NO_MEMORY;
    d.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, request->message, leave, ignore);
    if (d.png != NULL) d.info = png_create_info_struct(d.png);
    if (d.info == NULL) {
        ci_fail(request->message, CI_NO_MEMORY, "no memory for the PNG decoder");
    } else if (setjmp(png_jmpbuf(d.png)) == 0) {
        status = decode(&d);
    } else {
        status = CI_DAMAGED;
    }
    png_destroy_read_struct(&d.png, &d.info, NULL);
    free(d.scratch);
    free(d.rows);
    return status;
}

typedef struct {
    png_structp png;
    png_infop info;
    uint8_t *bytes;
    size_t count, capacity;
} encoder;

static void write_bytes(png_structp png, png_bytep source, size_t count) {
    encoder *e = png_get_io_ptr(png);
    if (e->capacity - e->count < count) {
        size_t capacity = (e->count + count) * 2 + 4096;
        uint8_t *larger = realloc(e->bytes, capacity);
        if (larger == NULL) png_error(png, "no memory");
        e->bytes = larger;
        e->capacity = capacity;
    }
    memcpy(e->bytes + e->count, source, count);
    e->count += count;
}

static void flush_nothing(png_structp png) { (void)png; }

ci_status ci_encode_png(const uint8_t *pixels, int32_t height, int32_t width, int32_t channels,
                        int32_t level, uint8_t **bytes, size_t *count, ci_message *message) {
    encoder e;
    memset(&e, 0, sizeof e);
    message->text[0] = 0;
    e.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, message, leave, ignore);
    if (e.png != NULL) e.info = png_create_info_struct(e.png);
    if (e.info == NULL) {
        png_destroy_write_struct(&e.png, &e.info);
        return ci_fail(message, CI_NO_MEMORY, "no memory for the PNG encoder");
    }
    if (setjmp(png_jmpbuf(e.png)) != 0) {
        png_destroy_write_struct(&e.png, &e.info);
        free(e.bytes);
        return CI_INTERNAL;
    }
    png_set_write_fn(e.png, &e, write_bytes, flush_nothing);
    png_set_compression_level(e.png, level);
    png_set_IHDR(e.png, e.info, (png_uint_32)width, (png_uint_32)height, 8,
                 channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(e.png, e.info);
    for (int32_t y = 0; y < height; y++) {
        png_write_row(e.png, pixels + (size_t)y * (size_t)width * (size_t)channels);
    }
    png_write_end(e.png, e.info);
    png_destroy_write_struct(&e.png, &e.info);
    *bytes = e.bytes;
    *count = e.count;
    return CI_OK;
}
