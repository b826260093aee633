// Ordering of keys of one width. An ITEM is a KEY over its place in the line.

enum { N(SHIFT) = 8 * sizeof(KEY) };

enum { N(LANES) = 64 / sizeof(KEY) };
typedef KEY N(vector) __attribute__((vector_size(64), aligned(sizeof(KEY))));

// How many of at most FEW keys come before each. Keys after the last may be read; they do not
// matter.
HOT static void N(ranks)(const KEY *keys, int64_t count, KEY *ranks) {
    N(vector) lane;
    for (int i = 0; i < N(LANES); i++) lane[i] = (KEY)i;
    for (int64_t begin = 0; begin < count; begin += N(LANES)) {
        const N(vector) own = *(const N(vector) *)(keys + begin);
        int64_t end = min64(begin + N(LANES), count), j = 0;
        N(vector) before = {0};
        for (; j < begin; j++) before -= (N(vector))(keys[j] <= own);
        for (; j < end; j++)
            before -= (N(vector))((keys[j] < own) | ((keys[j] == own) & ((KEY)(j - begin) < lane)));
        for (; j < count; j++) before -= (N(vector))(keys[j] < own);
        *(N(vector) *)(ranks + begin) = before;
    }
}

// Radix sort by bytes, least significant first, leaving out bytes in which all keys agree. Returns
// the half of the space for 2 * count items that holds the result.
static ITEM *N(radix_sort)(const KEY *keys, int64_t count, ITEM *items) {
    KEY places[sizeof(KEY)][256] = {0};
    for (int64_t i = 0; i < count; i++) {
        items[i] = (ITEM)keys[i] << N(SHIFT) | (KEY)i;
        for (size_t digit = 0; digit < sizeof(KEY); digit++)
            places[digit][(keys[i] >> (8 * digit)) & 0xff]++;
    }
    ITEM *spare = items + count;
    for (size_t digit = 0; digit < sizeof(KEY); digit++) {
        int shift = (int)(8 * digit);
        KEY *to = places[digit];
        if (to[(keys[0] >> shift) & 0xff] == (KEY)count) continue;
        KEY place = 0;
        for (int value = 0; value < 256; value++) {
            KEY size = to[value];
            to[value] = place;
            place += size;
        }
        for (int64_t i = 0; i < count; i++)
            spare[to[(items[i] >> (N(SHIFT) + shift)) & 0xff]++] = items[i];
        ITEM *other = items;
        items = spare;
        spare = other;
    }
    return items;
}

static const ITEM *N(sorted)(const KEY *keys, int64_t count, ITEM *items) {
    if (count > FEW) return N(radix_sort)(keys, count, items);
    KEY ranks[FEW];
    N(ranks)(keys, count, ranks);
    for (int64_t i = 0; i < count; i++) items[ranks[i]] = (ITEM)keys[i] << N(SHIFT) | (KEY)i;
    return items;
}

// ---- Selection

// Two keys between which the one of a rank probably is, from a sample (Floyd and Rivest 1975).
static void N(guess)(const KEY *keys, int64_t count, int64_t rank, KEY *low, KEY *high) {
    enum { SAMPLE = 64, MARGIN = 9 };
    KEY sample[SAMPLE], ranks[SAMPLE], ordered[SAMPLE];
    for (int64_t i = 0; i < SAMPLE; i++) sample[i] = keys[count / SAMPLE * i];
    N(ranks)(sample, SAMPLE, ranks);
    for (int i = 0; i < SAMPLE; i++) ordered[ranks[i]] = sample[i];
    int64_t at = (int64_t)((double)rank / (double)count * SAMPLE);
    if (at >= MARGIN) *low = ordered[at - MARGIN];
    if (at + MARGIN < SAMPLE) *high = ordered[at + MARGIN];
}

// Copies the keys from low to high; returns their number.
static int64_t N(keep)(const KEY *keys, int64_t count, KEY low, KEY high, KEY *kept,
                       int64_t *below) {
    int64_t found = 0, less = 0;
    for (int64_t i = 0; i < count; i++) {
        KEY key = keys[i];
        kept[found] = key;
        found += (KEY)(key - low) <= (KEY)(high - low);
        less += key < low;
    }
    *below = less;
    return found;
}

// The key of a rank; the rank becomes how many of its equals come before it. There is space for
// 2 * (count + 1) keys.
static KEY N(nth)(const KEY *keys, int64_t count, KEY *space, int64_t *rank) {
    KEY *spare = space, *other = space + count + 1, least = 0, most = (KEY) ~(KEY)0;
    int64_t k = *rank;
    bool halve = false;
    while (least < most && count > FEW) {
        KEY low = least, high = most;
        if (halve) {
            high = least + (most - least) / 2;
        } else {
            N(guess)(keys, count, k, &low, &high);
        }
        int64_t below, kept = N(keep)(keys, count, low, high, spare, &below);
        if (k < below) {
            high = low - 1;
            low = least;
            kept = N(keep)(keys, count, low, high, spare, &below);
        } else if (k >= below + kept) {
            low = high + 1;
            high = most;
            kept = N(keep)(keys, count, low, high, spare, &below);
        }
        // Where a sample does not tell keys apart, the middle between two does in the end.
        halve = kept > count / 4 * 3;
        k -= below;
        count = kept;
        least = low;
        most = high;
        keys = spare;
        spare = other;
        other = (KEY *)keys;
    }
    KEY key = least;
    if (least < most) {
        KEY ranks[FEW];
        N(ranks)(keys, count, ranks);
        for (int64_t i = 0; i < count; i++) key = ranks[i] == (KEY)k ? keys[i] : key;
        int64_t less = 0;
        for (int64_t i = 0; i < count; i++) less += keys[i] < key;
        k -= less;
    }
    *rank = k;
    return key;
}

// Whether any key of a block is low ... high.
HOT static bool N(any)(const KEY *keys, int64_t count, KEY low, KEY high) {
    bool found = false;
    for (int64_t i = 0; i < count; i++) found |= (KEY)(keys[i] - low) <= (KEY)(high - low);
    return found;
}

// The place of the first key that equals this one after `skipped` others.
static int64_t N(find)(const KEY *keys, int64_t count, KEY key, int64_t skipped) {
    for (int64_t begin = 0;; begin += BLOCK) {
        int64_t end = min64(begin + BLOCK, count);
        if (!N(any)(keys + begin, end - begin, key, key)) continue;
        for (int64_t i = begin; i < end; i++) {
            if (keys[i] == key && skipped-- == 0) return i;
        }
    }
}

// ---- What lines give: places, whose number is returned

static int64_t N(first)(const mt_lines *x, const KEY *keys, ITEM *items, int64_t *places) {
    int64_t k = x->results;
    if (x->count <= FEW) {
        KEY ranks[FEW];
        N(ranks)(keys, x->count, ranks);
        for (int64_t i = 0; i < x->count; i++) {
            if ((int64_t)ranks[i] < k) places[ranks[i]] = i;
        }
        return k;
    }
    if (k > x->count / 4) {
        const ITEM *sorted = N(sorted)(keys, x->count, items);
        for (int64_t i = 0; i < k; i++) places[i] = (int64_t)(KEY)sorted[i];
        return k;
    }
    int64_t equals = k - 1, found = 0;
    KEY last = N(nth)(keys, x->count, (KEY *)items, &equals);
    // The keys up to the last, and their places.
    KEY *chosen = (KEY *)items, *from = chosen + k;
    for (int64_t begin = 0; found < k; begin += BLOCK) {
        int64_t end = min64(begin + BLOCK, x->count);
        if (!N(any)(keys + begin, end - begin, 0, last)) continue;
        for (int64_t i = begin; i < end && found < k; i++) {
            KEY key = keys[i];
            chosen[found] = key;
            from[found] = (KEY)i;
            found += (key < last) | ((key == last) & (equals >= 0));
            equals -= key == last;
        }
    }
    const ITEM *sorted = N(sorted)(chosen, k, items + k);
    for (int64_t i = 0; i < k; i++) places[i] = (int64_t)from[(KEY)sorted[i]];
    return k;
}

static int64_t N(ranked)(const mt_lines *x, const KEY *keys, ITEM *items, int64_t *places) {
    enum { SEVERAL = 8 }; // from here on, sorting is faster
    const order_options *o = x->options;
    const KEY nan = (KEY) ~(KEY)0;
    if (o->nan_wins) {
        KEY most = 0;
        for (int64_t i = 0; i < x->count; i++) most = keys[i] > most ? keys[i] : most;
        if (most == nan) {
            int64_t first = N(find)(keys, x->count, nan, 0);
            for (int64_t i = 0; i < o->count; i++) places[i] = first;
            return o->count;
        }
    }
    if (x->count <= FEW || o->count >= SEVERAL) {
        const ITEM *sorted = N(sorted)(keys, x->count, items);
        for (int64_t i = 0; i < o->count; i++) places[i] = (int64_t)(KEY)sorted[o->ranks[i]];
        return o->count;
    }
    for (int64_t i = 0; i < o->count; i++) {
        int64_t equals = o->ranks[i];
        KEY key = N(nth)(keys, x->count, (KEY *)items, &equals);
        places[i] = N(find)(keys, x->count, key, equals);
    }
    return o->count;
}

// The last occurrence of the most frequent one, the least of several.
static int64_t N(mode)(const mt_lines *x, const KEY *keys, ITEM *items, int64_t *places) {
    const ITEM *sorted = N(sorted)(keys, x->count, items);
    int64_t begin = 0, longest = 0;
    for (int64_t i = 0; i < x->count; i++) {
        if (sorted[i] >> N(SHIFT) != sorted[begin] >> N(SHIFT)) begin = i;
        if (i - begin < longest) continue;
        longest = i - begin + 1;
        places[0] = (int64_t)(KEY)sorted[i];
    }
    return 1;
}

// Where each of the different keys is first, and which of them each is. NaN differs from itself.
static int64_t N(unique)(const mt_lines *x, const KEY *keys, ITEM *items, int64_t *places) {
    const order_options *o = x->options;
    const ITEM *sorted = N(sorted)(keys, x->count, items);
    int64_t found = 0;
    for (int64_t i = 0; i < x->count; i++) {
        KEY key = (KEY)(sorted[i] >> N(SHIFT));
        int64_t place = (int64_t)(KEY)sorted[i];
        bool nan = is_real(x->type) && key == (KEY) ~(KEY)0;
        if (i == 0 || nan || key != (KEY)(sorted[i - 1] >> N(SHIFT))) places[found++] = place;
        o->inverse[place] = found - 1;
    }
    *o->found = found;
    return found;
}
