// Per-thread switches of the Swift side, which has no thread-local storage of its own that is as
// cheap to read.
#include "internal.h"

static _Thread_local uint32_t flags;

uint32_t mt_thread_flags(void) { return flags; }
void mt_set_thread_flags(uint32_t value) { flags = value; }
