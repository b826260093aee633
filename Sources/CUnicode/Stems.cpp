// Stems of words with libstemmer, whose stemmers serve one thread each.
#include "Support.hpp"

#include <libstemmer.h>

#include <map>
#include <memory>
#include <string>

namespace {

struct Delete {
    void operator()(sb_stemmer *stemmer) const { sb_stemmer_delete(stemmer); }
};

sb_stemmer *stemmer(const char *language) {
    thread_local std::map<std::string, std::unique_ptr<sb_stemmer, Delete>, std::less<>> stemmers;
    auto found = stemmers.find(language);
    if (found == stemmers.end()) {
        std::unique_ptr<sb_stemmer, Delete> made(sb_stemmer_new(language, "UTF_8"));
        if (!made) return nullptr;
        found = stemmers.emplace(language, std::move(made)).first;
    }
    return found->second.get();
}

} // namespace

int32_t cu_can_stem(const char *language) {
    return guarded([&] { return stemmer(language) ? CU_OK : CU_UNKNOWN; }) == CU_OK;
}

const uint8_t *cu_stem(const char *language, const uint8_t *word, size_t length,
                       size_t *stem_length) {
    const uint8_t *stem = nullptr;
    guarded([&] {
        auto *found = isTooLong(length) ? nullptr : stemmer(language);
        if (!found) return CU_UNKNOWN;
        stem = sb_stemmer_stem(found, word, static_cast<int>(length));
        *stem_length = stem ? static_cast<size_t>(sb_stemmer_length(found)) : 0;
        return CU_OK;
    });
    return stem;
}
