// Other forms of a text, and which of its bytes became which.
#include "Normalization.hpp"
#include "Support.hpp"

#include <unicode/bytestream.h>
#include <unicode/casemap.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <vector>

namespace {

const icu::Normalizer2 *normalizer(cu_mapping mapping, UErrorCode &code) {
    switch (mapping) {
    case CU_NFC: return icu::Normalizer2::getNFCInstance(code);
    case CU_NFD: return icu::Normalizer2::getNFDInstance(code);
    case CU_NFKC: return icu::Normalizer2::getNFKCInstance(code);
    case CU_NFKD: return icu::Normalizer2::getNFKDInstance(code);
    default: return nullptr;
    }
}

void map(cu_mapping mapping, const char *text, int32_t length, std::string &output,
         icu::Edits &edits, UErrorCode &code) {
    if (const auto *form = normalizer(mapping, code)) {
        normalize(*form, text, length, output, edits, code);
        return;
    }
    if (U_FAILURE(code)) return;
    icu::StringByteSink<std::string> sink(&output);
    const icu::StringPiece piece(text, length);
    if (mapping == CU_LOWERCASE)
        icu::CaseMap::utf8ToLower("", 0, piece, sink, &edits, code);
    else
        icu::CaseMap::utf8Fold(0, piece, sink, &edits, code);
}

int32_t lengthOfFirst(const char *text) {
    const auto byte = static_cast<uint8_t>(*text);
    return byte < 0x80 ? 1 : U8_COUNT_TRAIL_BYTES(byte) + 1;
}

// ICU's edits, in as few runs as will do.
std::vector<cu_edit> runs(const icu::Edits &edits, const char *before, const char *after,
                          UErrorCode &code) {
    std::vector<cu_edit> runs;
    for (auto i = edits.getFineIterator(); i.next(code);) {
        cu_edit run = {i.oldLength(), i.newLength(), 1};
        const char *old = before + i.sourceIndex(), *now = after + i.destinationIndex();
        // A character in place of one as long.
        const bool stays = run.old_length == run.new_length &&
                           lengthOfFirst(old) == run.old_length &&
                           lengthOfFirst(now) == run.new_length;
        if (!i.hasChange() || stays) run = {1, 1, run.old_length};
        if (!runs.empty() && runs.back().old_length == run.old_length &&
            runs.back().new_length == run.new_length)
            runs.back().count += run.count;
        else
            runs.push_back(run);
    }
    return runs;
}

} // namespace

cu_status cu_map(cu_mapping mapping, const uint8_t *text, size_t length, int32_t with_edits,
                 cu_text *result) {
    *result = {nullptr, 0, nullptr, 0};
    if (isTooLong(length)) return CU_FAILED;
    return guarded([&] {
        UErrorCode code = U_ZERO_ERROR;
        std::string output;
        icu::Edits edits;
        map(mapping, characters(text), static_cast<int32_t>(length), output, edits, code);
        if (U_FAILURE(code) || !edits.hasChanges()) return status(code);
        if (with_edits) {
            const auto found = runs(edits, characters(text), output.data(), code);
            if (U_FAILURE(code)) return status(code);
            result->edits = handedOut(found.data(), found.size());
            result->edit_count = found.size();
        }
        // The edits are handed out only with their text.
        result->count = output.size();
        result->bytes = static_cast<uint8_t *>(std::malloc(output.size() + 1));
        if (!result->bytes) {
            std::free(result->edits);
            *result = {nullptr, 0, nullptr, 0};
            return CU_NO_MEMORY;
        }
        std::memcpy(result->bytes, output.data(), output.size());
        return CU_OK;
    });
}

int32_t cu_is_nonspacing_mark(uint32_t scalar) {
    return u_charType(static_cast<UChar32>(scalar)) == U_NON_SPACING_MARK;
}

void cu_free(void *pointer) { std::free(pointer); }
