// Strided index spaces: whatever the memory format, operands laid out alike become one flat loop.
#include "internal.h"

INLINE int64_t magnitude(int64_t x) { return x < 0 ? -x : x; }

// Whether dimension a belongs outside dimension b: the first operand whose strides tell decides.
static bool outside(const mt_space *s, int a, int b) {
    for (int o = 0; o < s->operands; o++) {
        int64_t x = magnitude(s->strides[o][a]), y = magnitude(s->strides[o][b]);
        if (x == 0 || y == 0 || x == y) continue;
        return x > y;
    }
    return true; // leaves them in their order
}

static void swap_dims(mt_space *s, int a, int b) {
    int64_t size = s->shape[a];
    s->shape[a] = s->shape[b];
    s->shape[b] = size;
    for (int o = 0; o < s->operands; o++) {
        int64_t stride = s->strides[o][a];
        s->strides[o][a] = s->strides[o][b];
        s->strides[o][b] = stride;
    }
}

static bool joinable(const mt_space *s, int outer, int inner) {
    for (int o = 0; o < s->operands; o++) {
        if (s->strides[o][outer] != s->strides[o][inner] * s->shape[inner]) return false;
    }
    return true;
}

void mt_space_init(mt_space *s, int operands, int ndim, const int64_t *shape,
                   const int64_t *const *strides) {
    s->operands = operands;
    s->ndim = 0;
    s->count = 1;
    for (int d = 0; d < ndim; d++) {
        s->count *= shape[d];
        if (shape[d] == 1) continue;
        s->shape[s->ndim] = shape[d];
        for (int o = 0; o < operands; o++) s->strides[o][s->ndim] = strides[o][d];
        s->ndim++;
    }
    for (int d = 1; d < s->ndim; d++) {
        for (int e = d; e > 0 && !outside(s, e - 1, e); e--) swap_dims(s, e - 1, e);
    }
    int kept = 0; // the last dimension kept; those after it are joined to it while they can be
    for (int d = 1; d < s->ndim; d++) {
        if (joinable(s, kept, d)) {
            s->shape[kept] *= s->shape[d];
        } else {
            kept++;
            s->shape[kept] = s->shape[d];
        }
        for (int o = 0; o < operands; o++) s->strides[o][kept] = s->strides[o][d];
    }
    if (s->ndim == 0) {
        s->shape[0] = 1;
        for (int o = 0; o < operands; o++) s->strides[o][0] = 1;
    }
    s->ndim = kept + 1;
}

void mt_walk_start(mt_walk *walk, const mt_space *space, int64_t position) {
    walk->space = space;
    for (int o = 0; o < space->operands; o++) walk->offset[o] = 0;
    for (int d = space->ndim - 1; d >= 0; d--) {
        walk->index[d] = position % space->shape[d];
        position /= space->shape[d];
        for (int o = 0; o < space->operands; o++)
            walk->offset[o] += walk->index[d] * space->strides[o][d];
    }
}

void mt_walk_advance(mt_walk *walk, int d, int64_t count) {
    const mt_space *s = walk->space;
    walk->index[d] += count;
    for (int o = 0; o < s->operands; o++) walk->offset[o] += count * s->strides[o][d];
    while (d > 0 && walk->index[d] >= s->shape[d]) {
        walk->index[d] = 0;
        walk->index[d - 1]++;
        for (int o = 0; o < s->operands; o++) {
            walk->offset[o] += s->strides[o][d - 1] - s->shape[d] * s->strides[o][d];
        }
        d--;
    }
}
