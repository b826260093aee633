// Unicode's rules with ICU, and stemming with libstemmer. ICU's own headers must not reach Swift,
// where they clash with Foundation's.
//
// Texts are UTF-8, well formed unless said otherwise, with their length in bytes, which must be
// below 2^31; no text needs a NUL at its end. What a function hands out in a pointer is freed with
// `cu_free`.
#ifndef MARTLET_CUNICODE_H
#define MARTLET_CUNICODE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    CU_OK = 0,
    CU_NO_MEMORY,
    CU_UNKNOWN, // no encoding or language of this name
    CU_INVALID, // bytes that the encoding does not have, or a pattern that is none
    CU_STOPPED, // a pattern needed more steps or memory than allowed
    CU_FAILED   // ICU failed otherwise
} cu_status;

void cu_free(void *pointer);

// MARK: Other forms of a text

typedef enum { CU_NFC, CU_NFD, CU_NFKC, CU_NFKD, CU_LOWERCASE, CU_FOLD_CASE } cu_mapping;

// `count` pieces in a row of `old_length` bytes each became pieces of `new_length` bytes each.
// Bytes that stay where they are in their piece are pieces of 1 and 1.
typedef struct {
    int32_t old_length;
    int32_t new_length;
    int32_t count;
} cu_edit;

typedef struct {
    uint8_t *bytes; // null where nothing changed
    size_t count;
    cu_edit *edits; // null unless asked for, or where nothing changed
    size_t edit_count;
} cu_text;

// The text in another form, for no language in particular. Time is linear in the length, whatever
// the text.
cu_status cu_map(cu_mapping mapping, const uint8_t *text, size_t length, int32_t with_edits,
                 cu_text *result);

// Whether a code point is of the category Mn.
int32_t cu_is_nonspacing_mark(uint32_t scalar);

// MARK: Pieces of a text

typedef struct {
    int32_t start;
    int32_t end;
    int32_t is_word; // of cu_words: it holds letters, digits, kana or ideographs
} cu_span;

typedef struct {
    cu_span *spans;
    size_t count;
} cu_spans;

// All of the text, cut where words and what is between them begin (Unicode Standard Annex 29, with
// ICU's dictionaries).
cu_status cu_words(const uint8_t *text, size_t length, cu_spans *result);

// All of the text, cut where sentences begin (Unicode Standard Annex 29).
cu_status cu_sentences(const uint8_t *text, size_t length, cu_spans *result);

// MARK: Regular expressions

typedef struct cu_pattern cu_pattern;

// A pattern of ICU's regular expressions; null when it is none, where `status` says why and `place`
// in which of its characters (from 0; -1 when unknown). Several threads may use it.
cu_pattern *cu_pattern_open(const uint8_t *pattern, size_t length, cu_status *status,
                            int32_t *place);
void cu_pattern_close(cu_pattern *pattern);

// The matches that are not empty, from the left. After `steps` steps, or when a match needs too
// much memory, it ends with CU_STOPPED, and the result has the matches found before.
cu_status cu_matches(const cu_pattern *pattern, const uint8_t *text, size_t length, int64_t steps,
                     cu_spans *result);

// MARK: Encodings

// Bytes of an encoding as UTF-8. With CU_INVALID `place` is the first byte that cannot be decoded.
cu_status cu_decode(const char *encoding, const uint8_t *bytes, size_t length, cu_text *result,
                    int64_t *place);

enum { CU_NAME_SIZE = 64 };

// Which encoding the bytes are likely in, with ICU's confidence from 0 to 100; CU_UNKNOWN when
// nothing fits.
cu_status cu_detect(const uint8_t *bytes, size_t length, char name[CU_NAME_SIZE],
                    int32_t *confidence);

// Where the first bytes lie that are no UTF-8; -1 when all are.
int64_t cu_utf8_error(const uint8_t *bytes, size_t length);

// MARK: Stems

// Whether there is a stemmer of this language (an English name such as `english`).
int32_t cu_can_stem(const char *language);

// The stem of a word, which stays until the thread's next call; null when there is no memory or no
// such stemmer.
const uint8_t *cu_stem(const char *language, const uint8_t *word, size_t length,
                       size_t *stem_length);

#ifdef __cplusplus
}
#endif

#endif
