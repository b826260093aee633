// JPEG through libjpeg-turbo. OpenCV's decoder is not used: it fills the missing part of a
// truncated file with grey and says nothing, and its library pulls 140 others into the process.
#include "codec.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

// Real progressive files have about ten scans; a file with thousands is an attack on the clock.
enum { MAX_SCANS = 256, HARMLESS_EXTRA_BYTES = 16 };

typedef struct {
    struct jpeg_error_mgr manager;
    jmp_buf escape;
    ci_message *message;
    int in_scan; // whether the headers are behind us
} error_state;

_Noreturn static void leave(j_common_ptr info) {
    error_state *state = (error_state *)info->err;
    char text[JMSG_LENGTH_MAX];
    info->err->format_message(info, text);
    if (info->err->msg_code == JWRN_JPEG_EOF) {
        ci_fail(state->message, CI_DAMAGED, "the JPEG data end early: the file is truncated");
    } else {
        ci_fail(state->message, CI_DAMAGED, "the JPEG data are damaged: %s", text);
    }
    longjmp(state->escape, 1);
}

// Warnings of libjpeg are pixels made up: what cannot change a pixel passes, the rest is an error.
static void judge(j_common_ptr info, int level) {
    if (level >= 0) return;
    error_state *state = (error_state *)info->err;
    switch (info->err->msg_code) {
    case JWRN_JFIF_MAJOR:
    case JWRN_ADOBE_XFORM:
    case JWRN_BOGUS_ICC: return;
    case JWRN_EXTRANEOUS_DATA:
        // Some cameras pad before markers; many bytes left over mean that decoding lost its way.
        if (!state->in_scan || info->err->msg_parm.i[0] <= HARMLESS_EXTRA_BYTES) return;
        break;
    default: break;
    }
    leave(info);
}

static void stay_silent(j_common_ptr info) { (void)info; }

static void count_scans(j_common_ptr info) {
    if (info->is_decompressor && ((j_decompress_ptr)info)->input_scan_number > MAX_SCANS) {
        error_state *state = (error_state *)info->err;
        ci_fail(state->message, CI_DAMAGED, "the JPEG has more than %d scans", (int)MAX_SCANS);
        longjmp(state->escape, 1);
    }
}

static void prepare(error_state *state, ci_message *message) {
    jpeg_std_error(&state->manager);
    state->manager.error_exit = leave;
    state->manager.emit_message = judge;
    state->manager.output_message = stay_silent;
    state->message = message;
    state->in_scan = 0;
}

// Walks the markers before the first scan to the EXIF block.
static int32_t orientation_of(const uint8_t *bytes, size_t count) {
    size_t at = 2;
    while (count - at >= 4 && bytes[at] == 0xff) {
        uint8_t marker = bytes[at + 1];
        if (marker == 0xff) {
            at += 1;
            continue;
        }
        if (marker == 0xda || marker == 0xd9) return 1;
        size_t length = (size_t)bytes[at + 2] << 8 | bytes[at + 3];
        if (length < 2 || count - at - 2 < length) return 1;
        if (marker == 0xe1 && length >= 8 && memcmp(bytes + at + 4, "Exif\0\0", 6) == 0) {
            return ci_exif_orientation(bytes + at + 10, length - 8);
        }
        at += 2 + length;
    }
    return 1;
}

// Adobe's CMYK is stored inverted. The formula is Pillow's, so colours agree.
static void from_cmyk(const uint8_t *source, int32_t count, uint8_t *target) {
    for (int32_t i = 0; i < count; i++) {
        int black = source[4 * i + 3];
        for (int c = 0; c < 3; c++) {
            int product = (255 - source[4 * i + c]) * black + 128;
            int value = black - ((product + (product >> 8)) >> 8);
            target[3 * i + c] = (uint8_t)(value < 0 ? 0 : value);
        }
    }
}

// All that must survive a longjmp lives here, not in registers.
typedef struct {
    struct jpeg_decompress_struct info;
    struct jpeg_progress_mgr progress;
    error_state error;
    uint8_t *row; // one row of another colour space than the image's
    uint8_t *row2;
} decoder;

static ci_status decode(decoder *d, ci_request *request) {
    struct jpeg_decompress_struct *info = &d->info;
    jpeg_create_decompress(info);
    d->progress.progress_monitor = count_scans;
    info->progress = &d->progress;
    jpeg_mem_src(info, request->bytes, request->count);
    jpeg_read_header(info, TRUE);
    int grey = info->jpeg_color_space == JCS_GRAYSCALE;
    ci_status status = ci_accept(request, info->image_width, info->image_height, grey ? 1 : 3);
    if (status != CI_OK) return status;
    request->info->orientation = orientation_of(request->bytes, request->count);
    int four = info->jpeg_color_space == JCS_CMYK || info->jpeg_color_space == JCS_YCCK;
    if (!grey && !four && info->jpeg_color_space != JCS_YCbCr &&
        info->jpeg_color_space != JCS_RGB) {
        return ci_fail(request->message, CI_UNSUPPORTED,
                       "it is a JPEG of %d unknown colour components", info->num_components);
    }
    if (request->image == NULL) return CI_OK;
    status = ci_take_memory(request);
    if (status != CI_OK) return status;

    ci_image *image = request->image;
    size_t width = (size_t)image->width;
    size_t pitch = width * (size_t)image->channels;
    // Grey is computed from the decoded colours, as Pillow does, so that both see the same image.
    int direct = !four && (grey || image->channels == 3);
    info->out_color_space = four                           ? JCS_CMYK
                            : grey && image->channels == 1 ? JCS_GRAYSCALE
                                                           : JCS_RGB;
    if (!direct) {
        d->row = malloc(width * 4);
        d->row2 = malloc(width * 3);
        if (d->row == NULL || d->row2 == NULL) {
            return ci_fail(request->message, CI_NO_MEMORY, "no memory for a row of pixels");
        }
    }
    d->error.in_scan = 1;
    jpeg_start_decompress(info);
    while (info->output_scanline < info->output_height) {
        uint8_t *target = image->pixels + info->output_scanline * pitch;
        if (direct) {
            JSAMPROW rows[8];
            JDIMENSION left = info->output_height - info->output_scanline;
            JDIMENSION wanted = left < 8 ? left : 8;
            for (JDIMENSION i = 0; i < wanted; i++) rows[i] = target + i * pitch;
            jpeg_read_scanlines(info, rows, wanted);
            continue;
        }
        JSAMPROW row = d->row;
        jpeg_read_scanlines(info, &row, 1);
        const uint8_t *colour = d->row;
        if (four) {
            uint8_t *converted = image->channels == 3 ? target : d->row2;
            from_cmyk(d->row, image->width, converted);
            colour = converted;
        }
        if (image->channels == 1) ci_to_grey(colour, image->width, target);
    }
    // Reads on to the end marker, so that a file that lacks it is noticed.
    jpeg_finish_decompress(info);
    return CI_OK;
}

ci_status ci_read_jpeg(ci_request *request) {
    decoder d;
    memset(&d, 0, sizeof d);
    prepare(&d.error, request->message);
    d.info.err = &d.error.manager;
    ci_status status;
    if (setjmp(d.error.escape) == 0) {
        status = decode(&d, request);
    } else {
        status = CI_DAMAGED;
    }
    jpeg_destroy_decompress(&d.info);
    free(d.row);
    free(d.row2);
    return status;
}

typedef struct {
    struct jpeg_compress_struct info;
    error_state error;
    unsigned char *bytes;
    unsigned long count;
} encoder;

ci_status ci_encode_jpeg(const uint8_t *pixels, int32_t height, int32_t width, int32_t channels,
                         int32_t quality, uint8_t **bytes, size_t *count, ci_message *message) {
    encoder e;
    memset(&e, 0, sizeof e);
    message->text[0] = 0;
    prepare(&e.error, message);
    e.info.err = &e.error.manager;
    if (setjmp(e.error.escape) != 0) {
        jpeg_destroy_compress(&e.info);
        free(e.bytes);
        return CI_INTERNAL;
    }
    jpeg_create_compress(&e.info);
    jpeg_mem_dest(&e.info, &e.bytes, &e.count);
    e.info.image_width = (JDIMENSION)width;
    e.info.image_height = (JDIMENSION)height;
    e.info.input_components = channels;
    e.info.in_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&e.info);
    jpeg_set_quality(&e.info, quality, TRUE);
    jpeg_start_compress(&e.info, TRUE);
    while (e.info.next_scanline < e.info.image_height) {
        JSAMPROW row =
            (JSAMPROW)(pixels + (size_t)e.info.next_scanline * (size_t)width * (size_t)channels);
        jpeg_write_scanlines(&e.info, &row, 1);
    }
    jpeg_finish_compress(&e.info);
    jpeg_destroy_compress(&e.info);
    *bytes = e.bytes;
    *count = e.count;
    return CI_OK;
}
