// What OpenCV's core and imgproc do for us: borders, blurring and drawing. Nothing else of OpenCV
// is linked: these two cost 5 ms at start-up, its codecs 150. No exception passes the C functions
// here.
#include "CImage.h"

// Warnings about what OpenCV's headers include are not ours to heed.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdeprecated-declarations"
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#pragma clang diagnostic pop

#include <mutex>
#include <new>
#include <vector>

namespace {

enum { FRACTION_BITS = 4 };

// OpenCV's own threads would fight those of the tensor kernels for the cores, and its printing of
// errors is not wanted: they come back as a status.
void prepare() {
    static std::once_flag once;
    std::call_once(once, [] {
        cv::setNumThreads(0);
        cv::redirectError(
            [](int, const char *, const char *, const char *, int, void *) { return 0; });
    });
}

template <typename Body> ci_status guarded(Body body) noexcept {
    try {
        prepare();
        body();
        return CI_OK;
    } catch (const std::bad_alloc &) {
        return CI_NO_MEMORY;
    } catch (...) {
        return CI_INTERNAL;
    }
}

cv::Mat wrap(const uint8_t *pixels, int32_t height, int32_t width, int32_t channels) {
    return cv::Mat(height, width, CV_8UC(channels), const_cast<uint8_t *>(pixels));
}

cv::Scalar scalar(const uint8_t *colour, int32_t channels) {
    return channels == 1 ? cv::Scalar(colour[0]) : cv::Scalar(colour[0], colour[1], colour[2]);
}

std::vector<cv::Point> converted(const ci_point *points, int32_t count) {
    std::vector<cv::Point> result;
    result.reserve(static_cast<size_t>(count));
    for (int32_t i = 0; i < count; i++) result.emplace_back(points[i].x, points[i].y);
    return result;
}

} // namespace

ci_status ci_pad(const uint8_t *source, int32_t height, int32_t width, int32_t channels,
                 int32_t top, int32_t bottom, int32_t left, int32_t right, ci_padding mode,
                 const uint8_t *fill, uint8_t *target) {
    return guarded([&] {
        int border = mode == CI_PAD_CONSTANT  ? cv::BORDER_CONSTANT
                     : mode == CI_PAD_EDGE    ? cv::BORDER_REPLICATE
                     : mode == CI_PAD_REFLECT ? cv::BORDER_REFLECT_101
                                              : cv::BORDER_REFLECT;
        cv::Mat result = wrap(target, height + top + bottom, width + left + right, channels);
        cv::copyMakeBorder(wrap(source, height, width, channels), result, top, bottom, left, right,
                           border | cv::BORDER_ISOLATED, scalar(fill, channels));
        CV_Assert(result.data == target);
    });
}

ci_status ci_blur(const uint8_t *source, int32_t height, int32_t width, int32_t channels,
                  int32_t kernel_height, int32_t kernel_width, double sigma_y, double sigma_x,
                  uint8_t *target) {
    return guarded([&] {
        cv::Mat result = wrap(target, height, width, channels);
        cv::GaussianBlur(wrap(source, height, width, channels), result,
                         cv::Size(kernel_width, kernel_height), sigma_x, sigma_y,
                         cv::BORDER_REFLECT_101);
        CV_Assert(result.data == target);
    });
}

ci_status ci_draw_text(uint8_t *pixels, int32_t height, int32_t width, int32_t channels,
                       const char *text, ci_point origin, double scale, int32_t thickness,
                       const uint8_t *colour) {
    return guarded([&] {
        cv::Mat image = wrap(pixels, height, width, channels);
        cv::putText(image, text, cv::Point(origin.x, origin.y), cv::FONT_HERSHEY_SIMPLEX, scale,
                    scalar(colour, channels), thickness, cv::LINE_AA);
    });
}

ci_status ci_text_size(const char *text, double scale, int32_t thickness, int32_t *width,
                       int32_t *ascent, int32_t *descent) {
    return guarded([&] {
        int baseline = 0;
        cv::Size size =
            cv::getTextSize(text, cv::FONT_HERSHEY_SIMPLEX, scale, thickness, &baseline);
        *width = size.width;
        *ascent = size.height;
        *descent = baseline;
    });
}

ci_status ci_draw_lines(uint8_t *pixels, int32_t height, int32_t width, int32_t channels,
                        const ci_point *points, int32_t count, int32_t closed, int32_t thickness,
                        const uint8_t *colour) {
    return guarded([&] {
        cv::Mat image = wrap(pixels, height, width, channels);
        cv::polylines(image, converted(points, count), closed != 0, scalar(colour, channels),
                      thickness, cv::LINE_AA, FRACTION_BITS);
    });
}

ci_status ci_fill_polygon(uint8_t *pixels, int32_t height, int32_t width, int32_t channels,
                          const ci_point *points, int32_t count, const uint8_t *colour) {
    return guarded([&] {
        cv::Mat image = wrap(pixels, height, width, channels);
        std::vector<std::vector<cv::Point>> polygons{converted(points, count)};
        cv::fillPoly(image, polygons, scalar(colour, channels), cv::LINE_AA, FRACTION_BITS);
    });
}

ci_status ci_draw_circle(uint8_t *pixels, int32_t height, int32_t width, int32_t channels,
                         ci_point centre, int32_t radius, int32_t thickness,
                         const uint8_t *colour) {
    return guarded([&] {
        cv::Mat image = wrap(pixels, height, width, channels);
        cv::circle(image, cv::Point(centre.x, centre.y), radius, scalar(colour, channels),
                   thickness, cv::LINE_AA, FRACTION_BITS);
    });
}

void ci_fill(uint8_t *pixels, int32_t height, int32_t width, int32_t channels, int32_t x, int32_t y,
             int32_t columns, int32_t rows, const uint8_t *colour) {
    int64_t left = x < 0 ? 0 : x, top = y < 0 ? 0 : y;
    int64_t right = static_cast<int64_t>(x) + columns, bottom = static_cast<int64_t>(y) + rows;
    if (right > width) right = width;
    if (bottom > height) bottom = height;
    for (int64_t row = top; row < bottom; row++) {
        for (int64_t column = left; column < right; column++) {
            uint8_t *pixel = pixels + (row * width + column) * channels;
            for (int32_t c = 0; c < channels; c++) pixel[c] = colour[c];
        }
    }
}
