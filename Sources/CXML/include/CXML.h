// Reading XML from memory with libxml2, whose own headers must not reach Swift: they bring the
// system's ICU, which clashes with Foundation's.
//
// What a file could name is never looked for: a document type declaration ends the reading before
// anything in it is looked at, so that there are no entities but XML's own five.
#ifndef MARTLET_CXML_H
#define MARTLET_CXML_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// What is done with the parts of a file, in their order. Text is UTF-8 and may come in pieces.
typedef struct {
    // An element begins; its name without the prefix of a namespace. Lines count from 1.
    void (*begin)(void *context, const char *name, int64_t line);
    void (*text)(void *context, const uint8_t *bytes, size_t count);
    void (*end)(void *context);
} cx_handlers;

enum { CX_MESSAGE_SIZE = 256 };

// Why a file is refused.
typedef struct {
    int64_t line; // from 1; 0 where it is not the file's fault
    char message[CX_MESSAGE_SIZE];
} cx_error;

// Reads `count` bytes; false, and `error`, where they are no well-formed XML, have a document type,
// hold more than `elements` elements or more than `depth` in one another. The handlers may have
// been called by then.
int32_t cx_read(const uint8_t *bytes, size_t count, int64_t depth, int64_t elements,
                cx_handlers handlers, void *context, cx_error *error);

#ifdef __cplusplus
}
#endif

#endif
