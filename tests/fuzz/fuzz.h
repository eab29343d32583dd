/* What every fuzz target shares: its entry, and a check that stays in every build. */
#ifndef TD_TESTS_FUZZ_H
#define TD_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_CHECK(good) ((good) ? (void)0 : (fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #good), abort()))

#endif
