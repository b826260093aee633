#include "CFFT.h"

#include <atomic>
#include <kissfft/kissfft.hh>
#include <new>

namespace {

struct Call {
    int64_t length;
    bool inverse;
    const std::complex<double> *source;
    std::complex<double> *result;
    std::atomic<bool> outOfMemory{false};
};

// No C++ exception leaves: the caller is C's thread pool.
void transform(int64_t begin, int64_t end, void *context) {
    Call &call = *static_cast<Call *>(context);
    try {
        kissfft<double> plan(size_t(call.length), call.inverse);
        for (int64_t row = begin; row < end; row++)
            plan.transform(call.source + row * call.length, call.result + row * call.length);
    } catch (const std::bad_alloc &) {
        call.outOfMemory = true;
    }
}

} // namespace

const char *mt_fft(int64_t rows, int64_t length, bool inverse, const double *source,
                   double *result) {
    if (length == 0) return nullptr;
    Call call{length, inverse, reinterpret_cast<const std::complex<double> *>(source),
              reinterpret_cast<std::complex<double> *>(result)};
    const int64_t grain = 16384 / length;
    mt_parallel(rows, grain > 1 ? grain : 1, transform, &call);
    return call.outOfMemory ? "out of memory" : nullptr;
}
