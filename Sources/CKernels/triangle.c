// What is on one side of a diagonal of matrices.
#include "internal.h"

typedef struct {
    int64_t size, rows, columns, diagonal; // size: bytes of an element
    bool upper;
    const char *src;
    char *dst;
} triangle;

static void triangle_range(int64_t begin, int64_t end, void *context) {
    const triangle *t = context;
    for (int64_t row = begin; row < end; row++) {
        // Where the diagonal cuts the row: kept are the columns from it on, or those up to it.
        int64_t cut = row % t->rows + t->diagonal + (t->upper ? 0 : 1);
        cut = min64(max64(cut, 0), t->columns);
        int64_t first = t->upper ? cut : 0, last = t->upper ? t->columns : cut;
        char *dst = t->dst + row * t->columns * t->size;
        const char *src = t->src + row * t->columns * t->size;
        memset(dst, 0, (size_t)(first * t->size));
        memcpy(dst + first * t->size, src + first * t->size, (size_t)((last - first) * t->size));
        memset(dst + last * t->size, 0, (size_t)((t->columns - last) * t->size));
    }
}

void mt_triangle(mt_dtype type, int64_t batch, int64_t rows, int64_t columns, int64_t diagonal,
                 bool upper, const void *src, void *dst) {
    triangle t = {item_size(type), rows, columns, diagonal, upper, src, dst};
    mt_parallel(batch * rows, row_grain(columns), triangle_range, &t);
}
