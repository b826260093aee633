// Where words and sentences begin.
#include "Support.hpp"

#include <unicode/brkiter.h>
#include <unicode/ubrk.h>
#include <unicode/utext.h>

#include <memory>
#include <vector>

namespace {

// Making an iterator costs as much as cutting a page of text: each thread keeps one of each kind.
struct Iterator {
    std::unique_ptr<icu::BreakIterator> breaks;
    UText text = UTEXT_INITIALIZER;

    ~Iterator() {
        breaks.reset();
        utext_close(&text);
    }
};

thread_local Iterator words, sentences;

using Create = icu::BreakIterator *(*)(const icu::Locale &, UErrorCode &);

cu_status cut(Iterator &iterator, Create create, const uint8_t *text, size_t length,
              cu_spans *result) {
    *result = {nullptr, 0};
    if (isTooLong(length)) return CU_FAILED;
    return guarded([&] {
        UErrorCode code = U_ZERO_ERROR;
        if (!iterator.breaks) iterator.breaks.reset(create(icu::Locale::getRoot(), code));
        if (U_FAILURE(code)) {
            iterator.breaks.reset();
            return status(code);
        }
        utext_openUTF8(&iterator.text, characters(text), static_cast<int64_t>(length), &code);
        iterator.breaks->setText(&iterator.text, code);
        std::vector<cu_span> spans;
        for (int32_t start = 0; U_SUCCESS(code);) {
            const int32_t end = iterator.breaks->next();
            if (end == icu::BreakIterator::DONE) break;
            spans.push_back({start, end, iterator.breaks->getRuleStatus() >= UBRK_WORD_NONE_LIMIT});
            start = end;
        }
        // What the iterator keeps must not point to a text that goes away.
        UErrorCode ignored = U_ZERO_ERROR;
        utext_openUTF8(&iterator.text, "", 0, &ignored);
        iterator.breaks->setText(&iterator.text, ignored);
        if (U_FAILURE(code)) return status(code);
        *result = {handedOut(spans.data(), spans.size()), spans.size()};
        return CU_OK;
    });
}

} // namespace

cu_status cu_words(const uint8_t *text, size_t length, cu_spans *result) {
    return cut(words, icu::BreakIterator::createWordInstance, text, length, result);
}

cu_status cu_sentences(const uint8_t *text, size_t length, cu_spans *result) {
    return cut(sentences, icu::BreakIterator::createSentenceInstance, text, length, result);
}
