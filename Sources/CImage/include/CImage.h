// Reading, writing, resizing and drawing images of 8-bit samples, for the Swift module
// MartletVision.
//
// Everything here is plain C: flat pointers, sizes and a status. Images are interleaved, row after
// row without gaps: the sample of row y, column x, channel c is pixels[(y * width + x) * channels +
// c]; a grey image has 1 channel, a colour image 3 (red, green, blue). No C++ exception leaves this
// library.
#ifndef MARTLET_CIMAGE_H
#define MARTLET_CIMAGE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// What came of a call.
typedef enum {
    CI_OK = 0,
    CI_EMPTY,        // no bytes at all
    CI_NOT_AN_IMAGE, // the first bytes are those of no image format known here
    CI_UNSUPPORTED,  // an image, but of a kind that is not read
    CI_TOO_LARGE,    // the header promises more pixels than allowed
    CI_DAMAGED,      // truncated or corrupt
    CI_NO_MEMORY,
    CI_INTERNAL // an argument that makes no sense, or a library's failure
} ci_status;

enum { CI_MESSAGE_SIZE = 256 };

// Why a call failed, in words; empty on success.
typedef struct {
    char text[CI_MESSAGE_SIZE];
} ci_message;

// An image in memory that came from ci_allocate.
typedef struct {
    uint8_t *pixels;
    int32_t height, width, channels;
} ci_image;

// --- Memory
// ---------------------------------------------------------------------------------------

// Memory for pixels, 64-byte aligned, with some bytes to spare at the end so that kernels may read
// whole vectors. NULL when there is none. Every image handed to this library must come from here.
uint8_t *ci_allocate(size_t count);
void ci_free(void *memory);

// --- Files
// ----------------------------------------------------------------------------------------

// What the header of a file says.
typedef struct {
    const char *format;    // "JPEG", "PNG", "WebP" or "BMP"
    int32_t width, height; // as stored, before the EXIF orientation is applied
    int32_t channels;      // 1 or 3: what decoding yields when nothing is asked for
    int32_t orientation;   // of EXIF, 1 ... 8
} ci_info;

// Reads the header alone.
ci_status ci_probe(const uint8_t *bytes, size_t count, ci_info *info, ci_message *message);

// Decodes JPEG, PNG, WebP or BMP, told apart by their first bytes. `channels` is 1, 3 or 0 (the
// file's own). A header of more than `max_pixels`, or of more than `max_bytes` at a byte a sample,
// is refused before anything is decoded; truncated and damaged data are errors. Alpha is dropped,
// not blended, as Pillow's convert("RGB").
ci_status ci_decode(const uint8_t *bytes, size_t count, int32_t channels, int64_t max_pixels,
                    int64_t max_bytes, int32_t apply_orientation, ci_image *image,
                    ci_message *message);

// Encode to memory, which ci_free releases. `quality` is 1 ... 100, `level` zlib's 0 ... 9.
ci_status ci_encode_jpeg(const uint8_t *pixels, int32_t height, int32_t width, int32_t channels,
                         int32_t quality, uint8_t **bytes, size_t *count, ci_message *message);
ci_status ci_encode_png(const uint8_t *pixels, int32_t height, int32_t width, int32_t channels,
                        int32_t level, uint8_t **bytes, size_t *count, ci_message *message);

// --- Geometry
// -------------------------------------------------------------------------------------

typedef enum { CI_NEAREST = 0, CI_BOX, CI_BILINEAR, CI_BICUBIC, CI_LANCZOS } ci_filter;
typedef enum { CI_PAD_CONSTANT = 0, CI_PAD_EDGE, CI_PAD_REFLECT, CI_PAD_SYMMETRIC } ci_padding;

// Resizes; `stride` is the distance in bytes between rows of `source`, so a crop needs no copy.
// With `antialias` the filter widens when shrinking, and the result equals Pillow's.
ci_status ci_resize(const uint8_t *source, size_t stride, int32_t height, int32_t width,
                    int32_t channels, uint8_t *target, int32_t target_height, int32_t target_width,
                    ci_filter filter, int32_t antialias);

// Copies the rectangle of the source whose corner is (top, left); what lies outside the source is
// `fill` (one value a channel). `mirror` swaps left and right.
void ci_crop(const uint8_t *source, int32_t height, int32_t width, int32_t channels, int32_t top,
             int32_t left, uint8_t *target, int32_t target_height, int32_t target_width,
             const uint8_t *fill, int32_t mirror);

// Adds a border. Where that is larger than the image, reflections repeat.
ci_status ci_pad(const uint8_t *source, int32_t height, int32_t width, int32_t channels,
                 int32_t top, int32_t bottom, int32_t left, int32_t right, ci_padding mode,
                 const uint8_t *fill, uint8_t *target);

void ci_flip_rows(const uint8_t *source, int32_t height, int32_t width, int32_t channels,
                  uint8_t *target);

// Turns and mirrors from EXIF orientation 1 ... 8 to upright; orientations above 4 swap the sides.
void ci_orient(const uint8_t *source, int32_t height, int32_t width, int32_t channels,
               int32_t orientation, uint8_t *target);

// Samples the source at matrix * (x, y, 1) for each target point (x, y). Coordinates are
// continuous: the centre of the first pixel is (0.5, 0.5). Outside the source lies `fill`.
ci_status ci_warp(const uint8_t *source, int32_t height, int32_t width, int32_t channels,
                  uint8_t *target, int32_t target_height, int32_t target_width,
                  const double matrix[9], ci_filter filter, const uint8_t *fill);

// --- Colour: in place, `count` pixels of `channels` samples; see torchvision's functions
// ----------

void ci_to_grey(const uint8_t *source, int64_t count, uint8_t *target); // Pillow's convert("L")
void ci_to_colour(const uint8_t *source, int64_t count, uint8_t *target);
void ci_grayscale(uint8_t *pixels, int64_t count); // rgb_to_grayscale, 3 channels stay 3
void ci_brightness(uint8_t *pixels, int64_t count, int32_t channels, float factor);
void ci_contrast(uint8_t *pixels, int64_t count, int32_t channels, float factor);
void ci_saturation(uint8_t *pixels, int64_t count, float factor);
void ci_hue(uint8_t *pixels, int64_t count, float shift);
ci_status ci_blur(const uint8_t *source, int32_t height, int32_t width, int32_t channels,
                  int32_t kernel_height, int32_t kernel_width, double sigma_y, double sigma_x,
                  uint8_t *target);

// --- To and from numbers
// --------------------------------------------------------------------------

// Writes `count` images of `pixels` pixels each as sample * scale[c] + bias[c], interleaved (N, H,
// W, C).
void ci_to_floats(const uint8_t *const *images, int64_t count, int64_t pixels, int32_t channels,
                  const float *scale, const float *bias, float *target);

// The same for one image, plane by plane (C, H, W).
void ci_to_planes(const uint8_t *image, int64_t pixels, int32_t channels, const float *scale,
                  const float *bias, float *target);

// Back again: sample = round(plane * scale[c] + bias[c]), kept within 0 ... 255; NaN becomes 0.
void ci_from_planes(const float *source, int64_t pixels, int32_t channels, const float *scale,
                    const float *bias, uint8_t *target);

// --- Drawing, anti-aliased; positions in 1/16 pixel, colours one value a channel
// ------------------

typedef struct {
    int32_t x, y;
} ci_point;

// Draws text whose baseline starts at `origin` (in pixels). ASCII; other bytes come out as '?'.
ci_status ci_draw_text(uint8_t *pixels, int32_t height, int32_t width, int32_t channels,
                       const char *text, ci_point origin, double scale, int32_t thickness,
                       const uint8_t *colour);
// How large that would be: width, height above the baseline, and depth below it.
ci_status ci_text_size(const char *text, double scale, int32_t thickness, int32_t *width,
                       int32_t *ascent, int32_t *descent);
ci_status ci_draw_lines(uint8_t *pixels, int32_t height, int32_t width, int32_t channels,
                        const ci_point *points, int32_t count, int32_t closed, int32_t thickness,
                        const uint8_t *colour);
ci_status ci_fill_polygon(uint8_t *pixels, int32_t height, int32_t width, int32_t channels,
                          const ci_point *points, int32_t count, const uint8_t *colour);
// A circle's outline, or with a negative thickness the disc.
ci_status ci_draw_circle(uint8_t *pixels, int32_t height, int32_t width, int32_t channels,
                         ci_point centre, int32_t radius, int32_t thickness, const uint8_t *colour);
// Fills the rows y ..< y + rows and columns x ..< x + columns, as far as they lie in the image.
void ci_fill(uint8_t *pixels, int32_t height, int32_t width, int32_t channels, int32_t x, int32_t y,
             int32_t columns, int32_t rows, const uint8_t *colour);

#ifdef __cplusplus
}
#endif

#endif
