#include "core/base/sha256.h"

#include <openssl/evp.h>

void td_sha256_start(struct td_sha256 *h)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    h->ctx = ctx;
    h->failed = ctx == NULL || EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1;
}

void td_sha256_add(struct td_sha256 *h, const void *bytes, size_t len)
{
    if (!h->failed && EVP_DigestUpdate(h->ctx, bytes, len) != 1)
        h->failed = 1;
}

int td_sha256_finish(struct td_sha256 *h, char out[TD_SHA256_HEX], struct td_err *err)
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    if (!h->failed && EVP_DigestFinal_ex(h->ctx, sum, &n) != 1)
        h->failed = 1;
    EVP_MD_CTX_free(h->ctx);
    h->ctx = NULL;
    if (h->failed)
        return td_err_nomem(err); /* the only way in which these calls fail */
    for (unsigned i = 0; i < 32; i++) {
        out[2 * i] = "0123456789abcdef"[sum[i] >> 4];
        out[2 * i + 1] = "0123456789abcdef"[sum[i] & 15];
    }
    out[64] = '\0';
    return TD_OK;
}

int td_sha256_hex(const void *bytes, size_t len, char out[TD_SHA256_HEX], struct td_err *err)
{
    struct td_sha256 h;
    td_sha256_start(&h);
    td_sha256_add(&h, bytes, len);
    return td_sha256_finish(&h, out, err);
}
