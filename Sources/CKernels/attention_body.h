// Attention in type T; included once for each type, with T, FN (for T's functions), N(name) and the
// products of packed_body.h.
//
// A head's keys and values are packed once; its queries come in blocks, so that the weights of one
// block at a time are held. Beside the output only each row's logarithm of its sum is kept.

typedef struct {
    const mt_attention *x;
    int64_t batch, head, rows; // rows: of the block of queries
    int64_t first;             // the block's first query
    T *weights, *dropped;      // (block, keys)
    bool *kept;                // (block, keys)
} N(block);

INLINE T *N(row)(const mt_heads *h, const N(block) * b, int64_t row) {
    return (T *)h->data + b->batch * h->batch + b->head * h->head + row * h->row;
}

INLINE int64_t N(packed_size)(int64_t depth, int64_t columns) {
    return depth * N(width) * div_up(columns, N(width));
}

// Packs (depth, columns) taken from rows of the head, `transposed`: rows are columns.
static void N(pack_rows)(const T *rows, int64_t row, int64_t count, int64_t size, bool transposed,
                         T *packed) {
    N(packing)
    p = {.depth = transposed ? size : count,
         .columns = transposed ? count : size,
         .depth_stride = transposed ? 1 : row,
         .column_stride = transposed ? row : 1,
         .matrix = rows,
         .packed = packed};
    N(pack_panels)(0, div_up(p.columns, N(width)), &p);
}

// Scales a row of scores, adds the mask; returns the number of keys that are seen.
HOT static void N(mask_row)(int64_t keys, T scale, const T *mask, int64_t stride, T *scores) {
    if (mask == NULL) {
        VECTOR for (int64_t j = 0; j < keys; j++) scores[j] *= scale;
    } else if (stride == 1) {
        VECTOR for (int64_t j = 0; j < keys; j++) scores[j] = scores[j] * scale + mask[j];
    } else {
        VECTOR for (int64_t j = 0; j < keys; j++) scores[j] = scores[j] * scale + mask[j * stride];
    }
}

// The sum of a row, of which each lane adds every so many elements: zeros at the end, the weights
// of masked keys, change no bit of it.
INLINE T N(row_sum)(int64_t keys, const T *scores) {
    N(vector) sums = {0};
    int64_t whole = keys / N(lanes) * N(lanes);
    for (int64_t j = 0; j < whole; j += N(lanes)) sums += *(const N(vector) *)(scores + j);
    for (int64_t j = whole; j < keys; j++) sums[j - whole] += scores[j];
    for (int half = N(lanes) / 2; half > 0; half /= 2) {
        for (int l = 0; l < half; l++) sums[l] += sums[l + half];
    }
    return sums[0];
}

// e^(score - log of the sum of all); the logarithm comes back. A row that sees nothing is 0.
HOT static T N(normalise)(int64_t keys, T *scores) {
    N(vector) greatest = (N(vector)){0} - (T)INFINITY;
    int64_t whole = keys / N(lanes) * N(lanes);
    for (int64_t j = 0; j < whole; j += N(lanes))
        greatest = __builtin_elementwise_max(greatest, *(const N(vector) *)(scores + j));
    T most = (T)-INFINITY;
    for (int l = 0; l < N(lanes); l++) most = greatest[l] > most ? greatest[l] : most;
    for (int64_t j = whole; j < keys; j++) most = scores[j] > most ? scores[j] : most;
    if (most == (T)-INFINITY) {
        memset(scores, 0, (size_t)keys * sizeof(T));
        return (T)INFINITY;
    }
    VECTOR for (int64_t j = 0; j < keys; j++) scores[j] = FN(exp)(scores[j] - most);
    T total = N(row_sum)(keys, scores), factor = 1 / total;
    VECTOR for (int64_t j = 0; j < keys; j++) scores[j] *= factor;
    return most + FN(log)(total);
}

HOT static void N(restore)(int64_t keys, T log_sum, T *scores) {
    VECTOR for (int64_t j = 0; j < keys; j++) scores[j] = FN(exp)(scores[j] - log_sum);
}

// The weights of a block of queries, from packed keys; in the backward pass by the sums that are
// known already.
static void N(weigh)(const N(block) * b, const T *keys, bool known) {
    const mt_attention *x = b->x;
    const T *queries[MT_QUERIES];
    T *scores[MT_QUERIES];
    for (int64_t i = 0; i < b->rows; i++) {
        queries[i] = N(row)(&x->q, b, b->first + i);
        scores[i] = b->weights + i * x->keys;
    }
    N(multiply)(b->rows, queries, x->size, keys, x->keys, scores, false);
    for (int64_t i = 0; i < b->rows; i++) {
        int64_t query = b->first + i, place = (b->batch * x->heads + b->head) * x->queries + query,
                seen = x->causal ? min64(x->keys, query + 1) : x->keys;
        const T *mask = x->mask.data == NULL ? NULL : N(row)(&x->mask, b, query);
        N(mask_row)(seen, (T)x->scale, mask, x->mask_column, scores[i]);
        memset(scores[i] + seen, 0, (size_t)(x->keys - seen) * sizeof(T));
        T *sum = (T *)x->log_sum + place;
        if (known) {
            N(restore)(seen, *sum, scores[i]);
        } else {
            *sum = N(normalise)(seen, scores[i]);
        }
        if (x->dropout > 0)
            mt_dropout(x->type, x->key, x->stream, x->offset + (uint64_t)(place * x->keys), x->keys,
                       x->dropout, scores[i], b->dropped + i * x->keys, b->kept + i * x->keys);
    }
}

static void N(attention_heads)(int64_t begin, int64_t end, void *context) {
    const mt_attention *x = context;
    int64_t keys = N(packed_size)(x->size, x->keys),
            values = N(packed_size)(x->keys, x->value_size), block = MT_QUERIES * x->keys;
    size_t bytes = (size_t)(keys + values + 2 * block) * sizeof(T) + (size_t)block;
    T *packed_keys = mt_scratch(bytes), *packed_values = packed_keys + keys;
    for (int64_t unit = begin; unit < end; unit++) {
        N(block)
        b = {.x = x, .batch = unit / x->heads, .head = unit % x->heads};
        b.weights = packed_values + values;
        b.dropped = b.weights + block;
        b.kept = (bool *)(b.dropped + block);
        N(pack_rows)(N(row)(&x->k, &b, 0), x->k.row, x->keys, x->size, true, packed_keys);
        N(pack_rows)(N(row)(&x->v, &b, 0), x->v.row, x->keys, x->value_size, false, packed_values);
        for (; b.first < x->queries; b.first += MT_QUERIES) {
            b.rows = min64(MT_QUERIES, x->queries - b.first);
            N(weigh)(&b, packed_keys, false);
            const T *weights[MT_QUERIES];
            T *out[MT_QUERIES];
            for (int64_t i = 0; i < b.rows; i++) {
                weights[i] = (x->dropout > 0 ? b.dropped : b.weights) + i * x->keys;
                out[i] = N(row)(&x->out, &b, b.first + i);
            }
            N(multiply)(b.rows, weights, x->keys, packed_values, x->value_size, out, false);
        }
    }
    mt_deallocate(packed_keys, bytes);
}

// ---- Gradient

HOT static T N(dot)(int64_t count, const T *a, const T *b) {
    REASSOCIATE
    T total = 0;
    for (int64_t i = 0; i < count; i++) total += a[i] * b[i];
    return total;
}

// The gradient of a row of scores, in place of that of its weights.
HOT static void N(scores_grad)(int64_t keys, const T *weights, const bool *kept, T kept_scale,
                               T level, T scale, T *grad) {
    if (kept == NULL) {
        VECTOR for (int64_t j = 0; j < keys; j++) grad[j] = weights[j] * (grad[j] - level) * scale;
    } else {
        VECTOR for (int64_t j = 0; j < keys; j++) {
            T own = kept[j] ? grad[j] * kept_scale : 0;
            grad[j] = weights[j] * (own - level) * scale;
        }
    }
}

// Adds (keys, rows) times (rows, size) to the gradient of a head's keys or values: `a` is (rows,
// keys), turned around in `turned`, and the rows are packed from a block of the head.
static void N(add_outer)(const N(block) * b, const T *a, const T *rows, int64_t row, int64_t size,
                         const mt_heads *grad, T *turned, T *packed) {
    int64_t keys = b->x->keys;
    N(turn)(b->rows, keys, a, keys, turned, b->rows);
    N(pack_rows)(rows, row, b->rows, size, false, packed);
    for (int64_t first = 0; first < keys; first += MT_QUERIES) {
        const T *from[MT_QUERIES];
        T *to[MT_QUERIES];
        int64_t count = min64(MT_QUERIES, keys - first);
        for (int64_t i = 0; i < count; i++) {
            from[i] = turned + (first + i) * b->rows;
            to[i] = N(row)(grad, b, first + i);
        }
        N(multiply)(count, from, b->rows, packed, size, to, b->first > 0);
    }
}

static void N(attention_grad_heads)(int64_t begin, int64_t end, void *context) {
    const mt_attention *x = context;
    int64_t keys = N(packed_size)(x->size, x->keys), plain = N(packed_size)(x->keys, x->size),
            values = N(packed_size)(x->value_size, x->keys), block = MT_QUERIES * x->keys,
            rows = N(packed_size)(MT_QUERIES, max64(x->size, x->value_size));
    size_t bytes = (size_t)(keys + plain + values + rows + 4 * block) * sizeof(T) + (size_t)block;
    T *packed_keys = mt_scratch(bytes), *plain_keys = packed_keys + keys,
      *packed_values = plain_keys + plain, *packed_rows = packed_values + values;
    for (int64_t unit = begin; unit < end; unit++) {
        N(block)
        b = {.x = x, .batch = unit / x->heads, .head = unit % x->heads};
        b.weights = packed_rows + rows;
        b.dropped = b.weights + block;
        T *grads = b.dropped + block, *turned = grads + block;
        b.kept = (bool *)(turned + block);
        N(pack_rows)(N(row)(&x->k, &b, 0), x->k.row, x->keys, x->size, true, packed_keys);
        N(pack_rows)(N(row)(&x->k, &b, 0), x->k.row, x->keys, x->size, false, plain_keys);
        N(pack_rows)(N(row)(&x->v, &b, 0), x->v.row, x->keys, x->value_size, true, packed_values);
        for (; b.first < x->queries; b.first += MT_QUERIES) {
            b.rows = min64(MT_QUERIES, x->queries - b.first);
            N(weigh)(&b, packed_keys, true);
            const T *out[MT_QUERIES];
            T *to[MT_QUERIES], *query[MT_QUERIES];
            for (int64_t i = 0; i < b.rows; i++) {
                out[i] = N(row)(&x->grad_out, &b, b.first + i);
                to[i] = grads + i * x->keys;
                query[i] = N(row)(&x->grad_q, &b, b.first + i);
            }
            N(add_outer)
            (&b, x->dropout > 0 ? b.dropped : b.weights, N(row)(&x->grad_out, &b, b.first),
             x->grad_out.row, x->value_size, &x->grad_v, turned, packed_rows);
            N(multiply)(b.rows, out, x->value_size, packed_values, x->keys, to, false);
            for (int64_t i = 0; i < b.rows; i++) {
                T level = N(dot)(x->value_size, out[i], N(row)(&x->out, &b, b.first + i));
                const bool *kept = x->dropout > 0 ? b.kept + i * x->keys : NULL;
                N(scores_grad)
                (x->keys, b.weights + i * x->keys, kept, 1 / (1 - (T)x->dropout), level,
                 (T)x->scale, to[i]);
            }
            const T *scores[MT_QUERIES];
            for (int64_t i = 0; i < b.rows; i++) scores[i] = to[i];
            N(multiply)(b.rows, scores, x->keys, plain_keys, x->size, query, false);
            N(add_outer)
            (&b, grads, N(row)(&x->q, &b, b.first), x->q.row, x->size, &x->grad_k, turned,
             packed_rows);
        }
    }
    mt_deallocate(packed_keys, bytes);
}
