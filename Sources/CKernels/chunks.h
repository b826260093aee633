// Units of work over many blocks of different sizes: the parameters of a model, or their gradients.
#ifndef MARTLET_CHUNKS_H
#define MARTLET_CHUNKS_H

#include "internal.h"

enum { CHUNK = 16384 }; // elements of a block that are one unit of work

// first[i] is the number of units before block i.
typedef struct {
    int64_t blocks, *first;
} chunks;

// The elements begin ..< end of a block.
typedef struct {
    int64_t block, begin, end;
} piece;

// sizes: the elements of each block, `stride` bytes apart.
INLINE chunks make_chunks(int64_t blocks, const int64_t *sizes, int64_t stride) {
    chunks c = {blocks, mt_scratch((size_t)(blocks + 1) * sizeof(int64_t))};
    c.first[0] = 0;
    for (int64_t i = 0; i < blocks; i++) {
        int64_t size = *(const int64_t *)((const char *)sizes + i * stride);
        c.first[i + 1] = c.first[i] + div_up(size, CHUNK);
    }
    return c;
}

INLINE void free_chunks(chunks *c) {
    mt_deallocate(c->first, (size_t)(c->blocks + 1) * sizeof(int64_t));
}

// The part of a block that a unit is; sizes as for make_chunks.
INLINE piece find_piece(const chunks *c, int64_t unit, const int64_t *sizes, int64_t stride) {
    int64_t low = 0, high = c->blocks; // first[low] <= unit < first[high]
    while (high - low > 1) {
        int64_t middle = (low + high) / 2;
        if (c->first[middle] <= unit) {
            low = middle;
        } else {
            high = middle;
        }
    }
    int64_t size = *(const int64_t *)((const char *)sizes + low * stride),
            begin = (unit - c->first[low]) * CHUNK;
    return (piece){low, begin, min64(begin + CHUNK, size)};
}

#endif
