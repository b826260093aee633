// Bytes of other encodings than UTF-8.
#include "Support.hpp"

#include <unicode/ucnv.h>
#include <unicode/ucnv_err.h>
#include <unicode/ucsdet.h>
#include <unicode/ustring.h>
#include <unicode/utf8.h>

#include <memory>
#include <string>

namespace {

struct CloseConverter {
    void operator()(UConverter *converter) const { ucnv_close(converter); }
};
struct CloseDetector {
    void operator()(UCharsetDetector *detector) const { ucsdet_close(detector); }
};

// UTF-16 as UTF-8; false where a surrogate is alone.
bool append(const std::u16string &text, std::string &output) {
    for (size_t i = 0; i < text.size();) {
        UChar32 c;
        U16_NEXT(text.data(), i, text.size(), c);
        if (U_IS_SURROGATE(c)) return false;
        uint8_t bytes[U8_MAX_LENGTH];
        int32_t count = 0;
        U8_APPEND_UNSAFE(bytes, count, c);
        output.append(characters(bytes), count);
    }
    return true;
}

} // namespace

cu_status cu_decode(const char *encoding, const uint8_t *bytes, size_t length, cu_text *result,
                    int64_t *place) {
    *result = {nullptr, 0, nullptr, 0};
    *place = -1;
    if (isTooLong(length)) return CU_FAILED;
    return guarded([&] {
        UErrorCode code = U_ZERO_ERROR;
        std::unique_ptr<UConverter, CloseConverter> converter(ucnv_open(encoding, &code));
        if (code == U_FILE_ACCESS_ERROR || code == U_ILLEGAL_ARGUMENT_ERROR) return CU_UNKNOWN;
        ucnv_setToUCallBack(converter.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr,
                            &code);
        if (U_FAILURE(code)) return status(code);
        const char *source = characters(bytes), *end = source + length;
        std::u16string text;
        do {
            char16_t buffer[4096];
            char16_t *target = buffer;
            code = U_ZERO_ERROR;
            ucnv_toUnicode(converter.get(), &target, buffer + 4096, &source, end, nullptr, true,
                           &code);
            text.append(buffer, target);
        } while (code == U_BUFFER_OVERFLOW_ERROR);
        if (U_FAILURE(code)) {
            char invalid[32];
            int8_t count = sizeof invalid;
            UErrorCode ignored = U_ZERO_ERROR;
            ucnv_getInvalidChars(converter.get(), invalid, &count, &ignored);
            *place = source - characters(bytes) - (U_SUCCESS(ignored) ? count : 0);
            return code == U_MEMORY_ALLOCATION_ERROR ? CU_NO_MEMORY : CU_INVALID;
        }
        std::string output;
        if (!append(text, output)) return CU_INVALID;
        result->bytes = handedOut(reinterpret_cast<const uint8_t *>(output.data()), output.size());
        result->count = output.size();
        return CU_OK;
    });
}

cu_status cu_detect(const uint8_t *bytes, size_t length, char name[CU_NAME_SIZE],
                    int32_t *confidence) {
    // ICU looks at no more than the first 8000 bytes.
    constexpr size_t enough = 1 << 16;
    return guarded([&] {
        UErrorCode code = U_ZERO_ERROR;
        std::unique_ptr<UCharsetDetector, CloseDetector> detector(ucsdet_open(&code));
        ucsdet_setText(detector.get(), characters(bytes),
                       static_cast<int32_t>(length < enough ? length : enough), &code);
        const auto *match = ucsdet_detect(detector.get(), &code);
        if (U_FAILURE(code)) return status(code);
        if (!match) return CU_UNKNOWN;
        const char *found = ucsdet_getName(match, &code);
        *confidence = ucsdet_getConfidence(match, &code);
        if (U_FAILURE(code)) return status(code);
        if (std::strlen(found) >= CU_NAME_SIZE) return CU_FAILED;
        std::strcpy(name, found);
        return CU_OK;
    });
}

int64_t cu_utf8_error(const uint8_t *bytes, size_t length) {
    for (size_t i = 0; i < length;) {
        const size_t start = i;
        UChar32 c;
        U8_NEXT(bytes, i, length, c);
        if (c < 0) return static_cast<int64_t>(start);
    }
    return -1;
}
