// Copies of weights in the layouts that primitives want.
#ifndef MARTLET_DNN_WEIGHTS_HPP
#define MARTLET_DNN_WEIGHTS_HPP

#include "Runtime.hpp"

namespace martlet {

// How a copy differs from the plain weights, beside its layout.
enum class Arrangement : int {
    direct,  // as the weights are
    flipped, // in and out channels swapped, the taps in reverse order
    taps,    // (out, taps, in)
};

struct PreparedWeights {
    const void *data;
    std::shared_ptr<const Block> owner; // keeps a cached copy alive; NULL for scratch memory
};

// The weights at `pointer` rearranged by `fill(destination)`. Copies of known versions are kept
// from their second use on, so training, where each version is used once, keeps nothing.
PreparedWeights preparedWeights(const void *pointer, uint64_t version, Arrangement arrangement,
                                const Description &layout, const std::function<void(void *)> &fill);
void clearWeights();

} // namespace martlet

#endif
