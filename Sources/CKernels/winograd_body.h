// Transforms between activations of type S and points; included once for each type, with
// LOAD and STORE of one element, N(load) and N(store) of a vector.

// Channels of one place: zero beyond the last.
INLINE void N(some)(const S *from, int64_t lanes, vector *to) {
    if (lanes >= LANES) {
        N(load)(from, to);
        return;
    }
    *to = (vector){0};
    for (int64_t i = 0; i < lanes; i++) (*to)[i] = LOAD(from[i]);
}

INLINE void N(put)(S *to, const vector *value, int64_t lanes) {
    if (lanes >= LANES) {
        N(store)(to, value);
        return;
    }
    for (int64_t i = 0; i < lanes; i++) to[i] = STORE((*value)[i]);
}

// The inputs under a tile at the points, for some channels; point i goes to to[i * step].
INLINE void N(input_tile)(const tiling *t, const tile at, const bool inside, const S *x,
                          int64_t channel, float *to, int64_t step) {
    const mt_winograd_shape *s = t->shape;
    const int64_t lanes = s->in_channels - channel, row = at.row - s->top,
                  column = at.column - s->left;
    const S *from =
        x + ((at.image * s->height + row) * s->width + column) * s->in_channels + channel;
    vector lines[SPAN][SPAN];
    for (int i = 0; i < SPAN; i++) {
        vector line[SPAN];
        const S *place = from + i * s->width * s->in_channels;
        const bool row_inside = row + i >= 0 && row + i < s->height;
        _Pragma("clang loop unroll(full)") for (int j = 0; j < SPAN; j++) {
            if (inside) {
                N(load)(place + j * s->in_channels, &line[j]);
            } else if (row_inside && column + j >= 0 && column + j < s->width) {
                N(some)(place + j * s->in_channels, lanes, &line[j]);
            } else {
                line[j] = (vector){0};
            }
        }
        input_points(line, lines[i]);
    }
    for (int j = 0; j < SPAN; j++) {
        vector line[SPAN], points[SPAN];
        _Pragma("clang loop unroll(full)") for (int i = 0; i < SPAN; i++) line[i] = lines[i][j];
        input_points(line, points);
        _Pragma("clang loop unroll(full)") for (int i = 0; i < SPAN; i++) {
            *(vector *)(to + (i * SPAN + j) * step) = points[i];
        }
    }
}

// (point, tile, channel) of some tiles.
HOT static void N(inputs)(const tiling *t, const void *x, int64_t first, int64_t count,
                          int64_t depth, float *points, int64_t step) {
    const mt_winograd_shape *s = t->shape;
    for (int64_t i = 0; i < count; i++) {
        const tile at = tile_at(t, first + i);
        const int64_t row = at.row - s->top, column = at.column - s->left;
        const bool inside =
            row >= 0 && row + SPAN <= s->height && column >= 0 && column + SPAN <= s->width;
        for (int64_t c = 0; c < depth; c += LANES) {
            float *to = points + i * depth + c;
            if (inside && c + LANES <= s->in_channels) {
                N(input_tile)(t, at, true, x, c, to, step);
            } else {
                N(input_tile)(t, at, false, x, c, to, step);
            }
        }
    }
}

// The gradients of some tiles' outputs at the points, as packed matrices (point, panel, tile,
// column) of `rows` tiles.
HOT static void N(gradients)(const tiling *t, const void *grad_y, int64_t first, int64_t count,
                             int64_t rows, int64_t columns, float *points, int64_t step) {
    const mt_winograd_shape *s = t->shape;
    for (int64_t i = 0; i < count; i++) {
        const tile at = tile_at(t, first + i);
        const int64_t height = min64(TILE, s->out_height - at.row),
                      width = min64(TILE, s->out_width - at.column);
        for (int64_t c = 0; c < columns; c += LANES) {
            const S *from =
                (const S *)grad_y +
                ((at.image * s->out_height + at.row) * s->out_width + at.column) * s->out_channels +
                c;
            vector lines[TILE][SPAN];
            for (int y = 0; y < TILE; y++) {
                vector line[TILE] = {{0}};
                for (int x = 0; x < (y < height ? width : 0); x++) {
                    N(some)
                    (from + (y * s->out_width + x) * s->out_channels, s->out_channels - c,
                     &line[x]);
                }
                kernel_points(TILE, line, lines[y]);
            }
            float *to = points + (c / PANEL * rows + i) * PANEL + c % PANEL;
            for (int x = 0; x < SPAN; x++) {
                vector line[TILE], result[SPAN];
                _Pragma("clang loop unroll(full)") for (int y = 0; y < TILE; y++) {
                    line[y] = lines[y][x];
                }
                kernel_points(TILE, line, result);
                _Pragma("clang loop unroll(full)") for (int y = 0; y < SPAN; y++) {
                    *(vector *)(to + (y * SPAN + x) * step) = result[y];
                }
            }
        }
    }
}

// Products (point, tile, column), `step` and `row` floats apart, to some channels of the outputs of
// some tiles.
HOT static void N(outputs)(const tiling *t, const float *points, int64_t step, int64_t row,
                           int64_t first, int64_t count, int64_t channel, int64_t channels_end,
                           const float *bias, bool relu, void *y) {
    const mt_winograd_shape *s = t->shape;
    for (int64_t i = 0; i < count; i++) {
        const tile at = tile_at(t, first + i);
        const int64_t height = min64(TILE, s->out_height - at.row),
                      width = min64(TILE, s->out_width - at.column);
        for (int64_t c = channel; c < channels_end; c += LANES) {
            const int64_t lanes = s->out_channels - c;
            const float *from = points + i * row + c - channel;
            vector lines[TILE][SPAN];
            for (int x = 0; x < SPAN; x++) {
                vector line[SPAN], result[TILE];
                _Pragma("clang loop unroll(full)") for (int y = 0; y < SPAN; y++) {
                    line[y] = *(const vector *)(from + (y * SPAN + x) * step);
                }
                outputs_of(TILE, line, result);
                _Pragma("clang loop unroll(full)") for (int y = 0; y < TILE; y++) {
                    lines[y][x] = result[y];
                }
            }
            vector shift = {0};
            if (bias != NULL) float32_some(bias + c, lanes, &shift);
            S *to =
                (S *)y +
                ((at.image * s->out_height + at.row) * s->out_width + at.column) * s->out_channels +
                c;
            for (int line = 0; line < height; line++) {
                vector result[TILE];
                outputs_of(TILE, lines[line], result);
                _Pragma("clang loop unroll(full)") for (int x = 0; x < TILE; x++) {
                    vector value = result[x] + shift;
                    if (relu) value = (vector)((bits)value & ~(bits)(value < 0));
                    if (x < width)
                        N(put)(to + (line * s->out_width + x) * s->out_channels, &value, lanes);
                }
            }
        }
    }
}
