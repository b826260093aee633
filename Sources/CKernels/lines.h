// Operations along the middle of a contiguous (outer, count, inner) block: each line is read as a
// run of its own, and gives as many values and places as the operation finds.
#ifndef MARTLET_LINES_H
#define MARTLET_LINES_H

#include "internal.h"

typedef struct mt_lines mt_lines;

// What becomes of one line of `count` elements at src: `results` values and places. scratch has
// `scratch` bytes.
typedef void (*mt_line)(const mt_lines *lines, const char *src, char *values, int64_t *places,
                        char *scratch);

struct mt_lines {
    mt_dtype type;
    int64_t outer, count, inner, results;
    const void *src;
    void *values;    // (outer, results, inner)
    int64_t *places; // likewise
    int64_t scratch; // bytes that a line needs
    mt_line line;
    const void *options; // of the operation
};

void mt_each_line(const mt_lines *lines);

#endif
