// The thread pool: libgomp's own, so that oneDNN and OpenBLAS run on the same threads and none are
// oversubscribed.
#define _GNU_SOURCE
#include <sched.h>
#include <stdatomic.h>

#include "internal.h"

// libgomp's interface, which has no header outside the compiler it belongs to.
void GOMP_parallel(void (*body)(void *), void *data, unsigned threads, unsigned flags);
void omp_set_num_threads(int count);
int omp_get_thread_num(void);
int omp_get_num_threads(void);
int omp_in_parallel(void);

static atomic_int pool_threads;
// OpenMP keeps its count by thread: a thread that calls oneDNN must have been told too.
static _Thread_local int told_threads;

static int processors(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    int count = CPU_COUNT(&set);
    return count > 0 ? count : 1;
}

int mt_thread_count(void) {
    int count = atomic_load_explicit(&pool_threads, memory_order_relaxed);
    if (count == 0) {
        count = processors();
        int unset = 0;
        if (!atomic_compare_exchange_strong(&pool_threads, &unset, count)) count = unset;
    }
    if (told_threads != count && !omp_in_parallel()) {
        omp_set_num_threads(count);
        told_threads = count;
    }
    return count;
}

void mt_set_thread_count(int count) {
    atomic_store(&pool_threads, count > 0 ? count : 1);
    mt_thread_count();
}

typedef struct {
    int64_t count, parts;
    mt_body body;
    void *context;
} parallel_call;

static void parallel_part(void *data) {
    const parallel_call *call = data;
    // OpenMP may give fewer threads than were asked for, so a thread may have several parts.
    int64_t threads = omp_get_num_threads();
    for (int64_t part = omp_get_thread_num(); part < call->parts; part += threads) {
        int64_t size = call->count / call->parts, rest = call->count % call->parts;
        int64_t begin = part * size + min64(part, rest);
        call->body(begin, begin + size + (part < rest), call->context);
    }
}

void mt_parallel(int64_t count, int64_t grain, mt_body body, void *context) {
    if (count <= 0) return;
    if (grain < 1) grain = 1;
    int64_t parts = count <= grain ? 1 : min64(mt_thread_count(), count / grain);
    if (parts <= 1 || omp_in_parallel()) {
        body(0, count, context);
        return;
    }
    parallel_call call = {count, parts, body, context};
    GOMP_parallel(parallel_part, &call, (unsigned)parts, 0);
}
