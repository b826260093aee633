// Unicode's normalisation forms in linear time.
#pragma once

#include <unicode/edits.h>
#include <unicode/normalizer2.h>

#include <string>

// Appends the normalised text to `output` and what changed to `edits`.
void normalize(const icu::Normalizer2 &form, const char *text, int32_t length, std::string &output,
               icu::Edits &edits, UErrorCode &code);
