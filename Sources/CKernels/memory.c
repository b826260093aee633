// The caching allocator. Training asks for the same sizes again and again, so freed blocks are kept
// by size class; fresh memory from the system costs a page fault for every 4 KiB, which is slower
// than most kernels. Sequences of many lengths ask for many sizes: where tensors ask, free blocks
// of a few larger classes serve too, so that not every length keeps blocks of its own.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "internal.h"

enum {
    ALIGNMENT = 64,
    SMALL_CLASSES = 17, // multiples of 64 bytes to 1 KiB; class 0 is for nothing
    STEPS = 8,          // classes to each power of two above, so at most an eighth is wasted
    CLASSES = SMALL_CLASSES + (64 - 10) * STEPS,
    MAPPED = 1 << 20,    // from here on blocks are mapped rather than taken from the heap
    HUGE_PAGE = 2 << 20, // from here on they are aligned to huge pages, too
    NEARBY = 4,          // how many larger classes serve blocks that are mapped: up to half larger
};

typedef struct free_block {
    struct free_block *next;
} free_block;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; // guards everything below
static free_block *cache[CLASSES];
static size_t bytes_in_use, bytes_peak, bytes_cached, cache_limit;

// The class of a size and the bytes its blocks have.
static int size_class(size_t bytes, size_t *size) {
    if (bytes <= 1024) {
        size_t units = bytes == 0 ? 1 : (bytes + ALIGNMENT - 1) / ALIGNMENT;
        *size = units * ALIGNMENT;
        return (int)units;
    }
    int power = 63 - __builtin_clzll(bytes - 1); // 2^power < bytes <= 2^(power + 1)
    size_t step = ((size_t)1 << power) / STEPS;
    size_t steps = (bytes - ((size_t)1 << power) + step - 1) / step;
    *size = ((size_t)1 << power) + steps * step;
    return SMALL_CLASSES + (power - 10) * STEPS + (int)steps - 1;
}

// Sizes of this magnitude are multiples of 128 KiB, hence whole pages.
static void *map_block(size_t size) {
    size_t extra = size >= HUGE_PAGE ? HUGE_PAGE : 0;
    char *base =
        mmap(NULL, size + extra, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED) return NULL;
    if (extra == 0) return base;
    char *block = (char *)(((uintptr_t)base + HUGE_PAGE - 1) & ~(uintptr_t)(HUGE_PAGE - 1));
    if (block > base) munmap(base, (size_t)(block - base));
    size_t tail = (size_t)(base + size + extra - (block + size));
    if (tail > 0) munmap(block + size, tail);
    madvise(block, size, MADV_HUGEPAGE);
    return block;
}

static void *system_allocate(size_t size) {
    return size >= MAPPED ? map_block(size) : aligned_alloc(ALIGNMENT, size);
}

static void system_free(void *block, size_t size) {
    if (size >= MAPPED) {
        munmap(block, size);
    } else {
        free(block);
    }
}

// How much may be kept for reuse: half the machine's, at least 64 MiB.
static size_t limit_of_cache(void) {
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    size_t half = pages > 0 && page > 0 ? (size_t)pages * (size_t)page / 2 : 0;
    size_t least = (size_t)64 << 20;
    return half > least ? half : least;
}

static void count_use(size_t size) { // with the lock held
    bytes_in_use += size;
    if (bytes_in_use > bytes_peak) bytes_peak = bytes_in_use;
}

// The bytes of a class's blocks, size_class's inverse.
static size_t class_size(int class) {
    if (class < SMALL_CLASSES) return (size_t) class * ALIGNMENT;
    int power = 10 + (class - SMALL_CLASSES) / STEPS, steps = (class - SMALL_CLASSES) % STEPS + 1;
    return ((size_t)1 << power) + (((size_t)1 << power) / STEPS) * (size_t)steps;
}

// A free block of a class or one of the larger ones up to `last`; null where there is none.
static free_block *take_cached(int class, int last, size_t *size) {
    free_block *block = NULL;
    pthread_mutex_lock(&lock);
    for (; class <= last && class < CLASSES && block == NULL; class ++) {
        block = cache[class];
        if (block == NULL) continue;
        cache[class] = block->next;
        *size = class_size(class);
        bytes_cached -= *size;
        count_use(*size);
    }
    pthread_mutex_unlock(&lock);
    return block;
}

static void *allocate(size_t bytes, int nearby, size_t *size) {
    if (bytes > (size_t)1 << 62) return NULL;
    int class = size_class(bytes, size);
    free_block *block = take_cached(class, *size >= MAPPED ? class + nearby : class, size);
    if (block != NULL) return block;

    void *fresh = system_allocate(*size);
    if (fresh == NULL) {
        mt_memory_release();
        fresh = system_allocate(*size);
        if (fresh == NULL) return NULL;
    }
    pthread_mutex_lock(&lock);
    count_use(*size);
    pthread_mutex_unlock(&lock);
    return fresh;
}

void *mt_allocate(size_t bytes) {
    size_t size;
    return allocate(bytes, 0, &size);
}

void *mt_allocate_nearby(size_t bytes, size_t *size) { return allocate(bytes, NEARBY, size); }

void mt_deallocate(void *block, size_t bytes) {
    if (block == NULL) return;
    size_t size;
    int class = size_class(bytes, &size);
    pthread_mutex_lock(&lock);
    bytes_in_use -= size;
    if (cache_limit == 0) cache_limit = limit_of_cache();
    bool keep = bytes_cached + size <= cache_limit;
    if (keep) {
        free_block *freed = block;
        freed->next = cache[class];
        cache[class] = freed;
        bytes_cached += size;
    }
    pthread_mutex_unlock(&lock);
    if (!keep) system_free(block, size);
}

static size_t read_counter(const size_t *counter) {
    pthread_mutex_lock(&lock);
    size_t value = *counter;
    pthread_mutex_unlock(&lock);
    return value;
}

size_t mt_memory_in_use(void) { return read_counter(&bytes_in_use); }
size_t mt_memory_peak(void) { return read_counter(&bytes_peak); }
size_t mt_memory_cached(void) { return read_counter(&bytes_cached); }

void mt_memory_release(void) {
    for (int class = 0; class < CLASSES; class ++) {
        pthread_mutex_lock(&lock);
        free_block *block = cache[class];
        cache[class] = NULL;
        size_t size = class_size(class);
        for (free_block *each = block; each != NULL; each = each->next) bytes_cached -= size;
        pthread_mutex_unlock(&lock);
        while (block != NULL) {
            free_block *next = block->next;
            system_free(block, size);
            block = next;
        }
    }
}

void *mt_scratch(size_t bytes) {
    void *block = mt_allocate(bytes);
    if (block == NULL) {
        fprintf(stderr, "martlet: no memory left for %zu bytes of scratch space\n", bytes);
        abort();
    }
    return block;
}
