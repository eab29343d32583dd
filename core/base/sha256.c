/* libcrypto's plain functions, not its EVP: that one reads a configuration and looks for providers when it is first
 * used, and again for each digest, which was more than all else that a `status` did. These cannot fail. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "core/base/sha256.h"

#include <openssl/sha.h>

_Static_assert(sizeof(SHA256_CTX) <= sizeof(struct td_sha256), "room for libcrypto's state");

static SHA256_CTX *state_of(struct td_sha256 *h)
{
    return (SHA256_CTX *)(void *)h->state;
}

void td_sha256_start(struct td_sha256 *h)
{
    SHA256_Init(state_of(h));
}

void td_sha256_add(struct td_sha256 *h, const void *bytes, size_t len)
{
    SHA256_Update(state_of(h), bytes, len);
}

void td_sha256_finish(struct td_sha256 *h, char out[TD_SHA256_HEX])
{
    unsigned char sum[SHA256_DIGEST_LENGTH];
    SHA256_Final(sum, state_of(h));
    for (size_t i = 0; i < sizeof sum; i++) {
        out[2 * i] = "0123456789abcdef"[sum[i] >> 4];
        out[2 * i + 1] = "0123456789abcdef"[sum[i] & 15];
    }
    out[64] = '\0';
}

void td_sha256_hex(const void *bytes, size_t len, char out[TD_SHA256_HEX])
{
    struct td_sha256 h;
    td_sha256_start(&h);
    td_sha256_add(&h, bytes, len);
    td_sha256_finish(&h, out);
}
