// What the functions around ICU share.
#pragma once

#include "include/CUnicode.h"

#include <unicode/utypes.h>

#include <cstdlib>
#include <cstring>
#include <new>

// Runs a body that returns a status; no exception leaves it.
template <typename Body> cu_status guarded(Body body) {
    try {
        return body();
    } catch (const std::bad_alloc &) {
        return CU_NO_MEMORY;
    } catch (...) {
        return CU_FAILED;
    }
}

inline cu_status status(UErrorCode code) {
    if (U_SUCCESS(code)) return CU_OK;
    return code == U_MEMORY_ALLOCATION_ERROR ? CU_NO_MEMORY : CU_FAILED;
}

// A copy that `cu_free` frees.
template <typename Element> Element *handedOut(const Element *elements, size_t count) {
    auto *copy = static_cast<Element *>(std::malloc(count > 0 ? count * sizeof(Element) : 1));
    if (!copy) throw std::bad_alloc();
    if (count > 0) std::memcpy(copy, elements, count * sizeof(Element));
    return copy;
}

inline const char *characters(const uint8_t *bytes) {
    return reinterpret_cast<const char *>(bytes);
}

inline bool isTooLong(size_t length) { return length > static_cast<size_t>(INT32_MAX); }
