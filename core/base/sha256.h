/* SHA-256, as lower-case hex. */
#ifndef TD_BASE_SHA256_H
#define TD_BASE_SHA256_H

#include <stddef.h>

#include "core/base/err.h"

#define TD_SHA256_HEX 65 /* 64 digits and a NUL */

TD_MUST_CHECK int td_sha256_hex(const void *bytes, size_t len, char out[TD_SHA256_HEX], struct td_err *err);

/* The same over pieces: start, add any number, then finish, which also frees. */
struct td_sha256 {
    void *ctx;
    int failed;
};
void td_sha256_start(struct td_sha256 *h);
void td_sha256_add(struct td_sha256 *h, const void *bytes, size_t len);
TD_MUST_CHECK int td_sha256_finish(struct td_sha256 *h, char out[TD_SHA256_HEX], struct td_err *err);

#endif
