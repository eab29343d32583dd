/* SHA-256, as lower-case hex. */
#ifndef TD_BASE_SHA256_H
#define TD_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define TD_SHA256_HEX 65 /* 64 digits and a NUL */

void td_sha256_hex(const void *bytes, size_t len, char out[TD_SHA256_HEX]);

/* The same over pieces: start, add any number, then finish. Nothing to free. */
struct td_sha256 {
    uint64_t state[16]; /* libcrypto's */
};
void td_sha256_start(struct td_sha256 *h);
void td_sha256_add(struct td_sha256 *h, const void *bytes, size_t len);
void td_sha256_finish(struct td_sha256 *h, char out[TD_SHA256_HEX]);

#endif
