// ICU's regular expressions, with a limit to what a match may cost.
#include "Support.hpp"

#include <unicode/regex.h>
#include <unicode/utext.h>

#include <memory>
#include <vector>

struct cu_pattern {
    std::unique_ptr<icu::RegexPattern> pattern;
};

namespace {

struct CloseText {
    void operator()(UText *text) const { utext_close(text); }
};
using OpenText = std::unique_ptr<UText, CloseText>;

OpenText opened(const uint8_t *text, size_t length, UErrorCode &code) {
    return OpenText(utext_openUTF8(nullptr, characters(text), static_cast<int64_t>(length), &code));
}

// ICU asks after each so many steps whether to go on.
constexpr int64_t stepsPerQuestion = 10000;
constexpr int32_t stackLimit = 8 << 20;

UBool mayGoOn(const void *questionsLeft, int32_t) {
    auto *left = static_cast<int64_t *>(const_cast<void *>(questionsLeft));
    return --*left >= 0;
}

} // namespace

cu_pattern *cu_pattern_open(const uint8_t *pattern, size_t length, cu_status *result,
                            int32_t *place) {
    *place = -1;
    cu_pattern *made = nullptr;
    *result = isTooLong(length) ? CU_INVALID : guarded([&] {
        UErrorCode code = U_ZERO_ERROR;
        UParseError error = {-1, -1, {}, {}};
        auto text = opened(pattern, length, code);
        std::unique_ptr<icu::RegexPattern> compiled(
            icu::RegexPattern::compile(text.get(), 0, error, code));
        if (U_FAILURE(code)) {
            *place = error.offset > 0 ? error.offset - 1 : error.offset;
            return code == U_MEMORY_ALLOCATION_ERROR ? CU_NO_MEMORY : CU_INVALID;
        }
        made = new cu_pattern{std::move(compiled)};
        return CU_OK;
    });
    return made;
}

void cu_pattern_close(cu_pattern *pattern) { delete pattern; }

cu_status cu_matches(const cu_pattern *pattern, const uint8_t *text, size_t length, int64_t steps,
                     cu_spans *result) {
    *result = {nullptr, 0};
    if (isTooLong(length)) return CU_FAILED;
    return guarded([&] {
        UErrorCode code = U_ZERO_ERROR;
        auto input = opened(text, length, code);
        std::unique_ptr<icu::RegexMatcher> matcher(pattern->pattern->matcher(code));
        if (U_FAILURE(code)) return status(code);
        int64_t questions = steps / stepsPerQuestion;
        matcher->setMatchCallback(mayGoOn, &questions, code);
        matcher->setStackLimit(stackLimit, code);
        matcher->reset(input.get());
        std::vector<cu_span> spans;
        while (U_SUCCESS(code) && matcher->find(code)) {
            const auto start = static_cast<int32_t>(matcher->start64(code));
            const auto end = static_cast<int32_t>(matcher->end64(code));
            if (start < end) spans.push_back({start, end, 1});
        }
        const bool isStopped = code == U_REGEX_STOPPED_BY_CALLER || code == U_REGEX_STACK_OVERFLOW;
        if (U_FAILURE(code) && !isStopped) return status(code);
        *result = {handedOut(spans.data(), spans.size()), spans.size()};
        return isStopped ? CU_STOPPED : CU_OK;
    });
}
