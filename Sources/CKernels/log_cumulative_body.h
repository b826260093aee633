// Log-sum-exp so far, of one type. With m the greatest so far and t what e^(x - m) of all others
// add up to, it is m + log(1 + t): small terms behind a great one are not lost.

// How far an element is below the greatest before it, or above; equal infinities are not apart.
#define FALL(x, m) ((x) == (m) ? 0 : (x) > (m) ? (m) - (x) : (x) - (m))

HOT static void N(line)(const S *src, int64_t count, S *dst) {
    T most[BLOCK], term[BLOCK], total = 0, m = LOAD(src[0]);
    bool rises[BLOCK];
    dst[0] = src[0];
    for (int64_t begin = 1; begin < count; begin += BLOCK) {
        int64_t size = min64(BLOCK, count - begin);
        for (int64_t i = 0; i < size; i++) {
            const T x = LOAD(src[begin + i]);
            rises[i] = x > m;
            term[i] = FALL(x, m);
            m = x > m ? x : m;
            most[i] = m;
        }
        for (int64_t i = 0; i < size; i++) term[i] = FN(exp)(term[i]);
        for (int64_t i = 0; i < size; i++) {
            total = rises[i] ? (total + 1) * term[i] : total + term[i];
            term[i] = total;
        }
        for (int64_t i = 0; i < size; i++) dst[begin + i] = STORE(most[i] + FN(log1p)(term[i]));
    }
}

HOT static void N(columns)(const S *src, int64_t count, int64_t inner, int64_t columns, S *dst) {
    T most[BLOCK], total[BLOCK];
    for (int64_t j = 0; j < columns; j++) {
        most[j] = LOAD(src[j]);
        total[j] = 0;
        dst[j] = src[j];
    }
    for (int64_t i = 1; i < count; i++) {
        src += inner;
        dst += inner;
        for (int64_t j = 0; j < columns; j++) {
            const T x = LOAD(src[j]), m = most[j], term = FN(exp)(FALL(x, m));
            total[j] = x > m ? (total[j] + 1) * term : total[j] + term;
            most[j] = x > m ? x : m;
            dst[j] = STORE(most[j] + FN(log1p)(total[j]));
        }
    }
}

static void N(range)(int64_t begin, int64_t end, void *context) {
    const log_cumulation *c = context;
    for (int64_t unit = begin; unit < end; unit++) {
        int64_t first = unit % c->blocks * BLOCK,
                start = unit / c->blocks * c->count * c->inner + first;
        const S *src = (const S *)c->src + start;
        S *dst = (S *)c->dst + start;
        if (c->inner == 1) {
            N(line)(src, c->count, dst);
        } else {
            N(columns)(src, c->count, c->inner, min64(BLOCK, c->inner - first), dst);
        }
    }
}
#undef FALL
