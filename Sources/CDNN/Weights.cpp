#include "Weights.hpp"

#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

namespace martlet {

namespace {

struct Copy {
    Arrangement arrangement;
    Description layout;
    std::shared_ptr<const Block> block; // NULL until the second use
};

struct Copies {
    uint64_t version = 0;
    uint64_t used = 0; // time of the last use
    std::vector<Copy> list;
};

// Limits on the number of weights remembered and on the bytes of their copies.
constexpr size_t entryLimit = 4096;
constexpr size_t byteLimit = size_t(1) << 30;

struct WeightCache {
    std::mutex lock;
    std::unordered_map<const void *, Copies> entries;
    size_t bytes = 0;
    uint64_t time = 0;

    void forget(Copies &copies) {
        for (const Copy &copy : copies.list)
            if (copy.block) bytes -= copy.block->bytes();
        copies.list.clear();
    }

    // Drops the weights used longest ago, but `kept`, until there is room for `more` bytes.
    void makeRoom(size_t more, const void *kept) {
        while (entries.size() > 1 && (entries.size() > entryLimit || bytes + more > byteLimit)) {
            auto oldest = entries.end();
            for (auto i = entries.begin(); i != entries.end(); ++i)
                if (i->first != kept &&
                    (oldest == entries.end() || i->second.used < oldest->second.used))
                    oldest = i;
            forget(oldest->second);
            entries.erase(oldest);
        }
    }

    Copy *find(const void *pointer, uint64_t version, Arrangement arrangement,
               const Description &layout) {
        Copies &copies = entries[pointer];
        if (copies.version != version) forget(copies);
        copies.version = version;
        copies.used = ++time;
        for (Copy &copy : copies.list)
            if (copy.arrangement == arrangement && copy.layout == layout) return &copy;
        return nullptr;
    }
};

WeightCache &weightCache() {
    static WeightCache *cache = new WeightCache;
    return *cache;
}

} // namespace

PreparedWeights preparedWeights(const void *pointer, uint64_t version, Arrangement arrangement,
                                const Description &layout,
                                const std::function<void(void *)> &fill) {
    WeightCache &cache = weightCache();
    bool keep = false;
    if (version != 0) {
        std::lock_guard<std::mutex> guard(cache.lock);
        if (Copy *copy = cache.find(pointer, version, arrangement, layout)) {
            if (copy->block) return {copy->block->data(), copy->block};
            keep = true;
        } else {
            cache.entries[pointer].list.push_back({arrangement, layout, nullptr});
            cache.makeRoom(0, pointer);
        }
    }
    const size_t bytes = layout.get_size();
    if (!keep || bytes > byteLimit) {
        void *data = scratch(Scratch::weights, bytes);
        fill(data);
        return {data, nullptr};
    }
    auto block = std::make_shared<const Block>(bytes);
    fill(block->data());
    std::lock_guard<std::mutex> guard(cache.lock);
    cache.makeRoom(bytes, pointer);
    Copy *copy = cache.find(pointer, version, arrangement, layout);
    // Another thread may have stored its own copy, or a newer version, meanwhile.
    if (copy && !copy->block) {
        copy->block = block;
        cache.bytes += bytes;
    }
    return {block->data(), block};
}

void clearWeights() {
    WeightCache &cache = weightCache();
    std::lock_guard<std::mutex> guard(cache.lock);
    cache.entries.clear();
    cache.bytes = 0;
}

} // namespace martlet
