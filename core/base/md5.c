/* libcrypto's plain function, as in sha256.c. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "core/base/md5.h"

#include <openssl/md5.h>

void td_md5(const void *bytes, size_t len, unsigned char out[16])
{
    MD5(bytes, len, out);
}
