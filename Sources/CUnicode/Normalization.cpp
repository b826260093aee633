// ICU sorts the marks on a letter by insertion, which takes quadratic time where a text puts
// millions of them on one. Long runs of marks are therefore sorted here, by counting, before ICU
// sees them.
#include "Normalization.hpp"

#include <unicode/bytestream.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <vector>

namespace {

// Runs of fewer marks are left to ICU. A mark has at least two bytes, so a longer run has one of
// these bytes.
constexpr int32_t longRun = 128;
constexpr int32_t sampling = 2 * longRun;

struct Text {
    const icu::Normalizer2 &form;
    const uint8_t *bytes;
    int32_t length;

    UChar32 at(int32_t position) const {
        UChar32 c;
        U8_NEXT(bytes, position, length, c);
        return c;
    }

    int32_t next(int32_t position) const {
        U8_FWD_1(bytes, position, length);
        return position;
    }

    int32_t previous(int32_t position) const {
        U8_BACK_1(bytes, 0, position);
        return position;
    }

    bool isMark(int32_t position) const {
        UChar32 c = at(position);
        icu::UnicodeString decomposition;
        if (form.getDecomposition(c, decomposition)) c = decomposition.char32At(0);
        return u_getCombiningClass(c) != 0;
    }
};

struct Range {
    int32_t start, end;
};

// The first place at or after `from` with a long run of marks, widened until what is outside cannot
// change what is inside.
Range longMarks(const Text &text, int32_t from) {
    for (int64_t sample = from; sample < text.length; sample += sampling) {
        auto start = static_cast<int32_t>(sample);
        U8_SET_CP_START(text.bytes, from, start);
        if (text.bytes[start] < 0x80 || !text.isMark(start)) continue;
        int32_t end = start, count = 0;
        for (; end < text.length && text.isMark(end); end = text.next(end)) ++count;
        while (start > from && text.isMark(text.previous(start))) {
            start = text.previous(start);
            ++count;
        }
        if (count < longRun) continue;
        while (start > from && !text.form.hasBoundaryBefore(text.at(start)))
            start = text.previous(start);
        while (end < text.length && !text.form.hasBoundaryBefore(text.at(end)))
            end = text.next(end);
        return {start, end};
    }
    return {text.length, text.length};
}

// Marks of one class keep their order.
void appendSorted(const std::vector<UChar32> &marks, icu::UnicodeString &result) {
    size_t starts[257] = {};
    for (UChar32 mark : marks) ++starts[u_getCombiningClass(mark) + 1];
    for (int i = 0; i < 256; ++i) starts[i + 1] += starts[i];
    std::vector<UChar32> sorted(marks.size());
    for (UChar32 mark : marks) sorted[starts[u_getCombiningClass(mark)]++] = mark;
    for (UChar32 mark : sorted) result.append(mark);
}

// The characters of a range, each run of marks decomposed and sorted.
icu::UnicodeString sorted(const Text &text, Range range) {
    icu::UnicodeString result, decomposition;
    std::vector<UChar32> marks;
    for (int32_t i = range.start; i < range.end;) {
        for (; i < range.end && text.isMark(i); i = text.next(i)) {
            UChar32 c = text.at(i);
            if (!text.form.getDecomposition(c, decomposition)) {
                marks.push_back(c);
                continue;
            }
            for (int32_t k = 0; k < decomposition.length(); k = decomposition.moveIndex32(k, 1))
                marks.push_back(decomposition.char32At(k));
        }
        appendSorted(marks, result);
        marks.clear();
        if (i < range.end) {
            result.append(text.at(i));
            i = text.next(i);
        }
    }
    return result;
}

} // namespace

void normalize(const icu::Normalizer2 &form, const char *bytes, int32_t length, std::string &output,
               icu::Edits &edits, UErrorCode &code) {
    const Text text{form, reinterpret_cast<const uint8_t *>(bytes), length};
    icu::StringByteSink<std::string> sink(&output);
    for (int32_t position = 0; position < length && U_SUCCESS(code);) {
        const Range marks = longMarks(text, position);
        form.normalizeUTF8(U_EDITS_NO_RESET,
                           icu::StringPiece(bytes + position, marks.start - position), sink, &edits,
                           code);
        if (marks.start < marks.end && U_SUCCESS(code)) {
            std::string changed;
            form.normalize(sorted(text, marks), code).toUTF8String(changed);
            output += changed;
            const auto count = marks.end - marks.start;
            if (changed.compare(0, std::string::npos, bytes + marks.start, count) == 0)
                edits.addUnchanged(count);
            else
                edits.addReplace(count, static_cast<int32_t>(changed.size()));
        }
        position = marks.end;
    }
    if (U_SUCCESS(code)) edits.copyErrorTo(code);
}
