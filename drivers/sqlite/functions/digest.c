/* Digests: md5, sha224 and its kin, and pgcrypto's digest and hmac, which take libcrypto's names.
 *
 * libcrypto is loaded by the first call: on its own it would be a third of what the program does at its start, for
 * functions that hardly a migration calls. */
#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/opensslv.h>

#include "drivers/sqlite/functions/call.h"

#define STRING(x)    #x
#define VERSIONED(v) "libcrypto.so." STRING(v)

static struct {
    __typeof__(EVP_get_digestbyname) *find;
    __typeof__(EVP_Digest) *digest;
    __typeof__(HMAC) *hmac;
} crypto;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool loaded;

/* It stays loaded: what it has started does not like to go. */
static void load(void)
{
    void *lib = dlopen(VERSIONED(OPENSSL_SHLIB_VERSION), RTLD_LAZY | RTLD_LOCAL);
    if (lib == NULL)
        return;
    *(void **)&crypto.find = dlsym(lib, "EVP_get_digestbyname");
    *(void **)&crypto.digest = dlsym(lib, "EVP_Digest");
    *(void **)&crypto.hmac = dlsym(lib, "HMAC");
    loaded = crypto.find != NULL && crypto.digest != NULL && crypto.hmac != NULL;
}

static int failed(struct td_err *err)
{
    return td_fn_fail(err, "XX000", "could not compute the digest");
}

static int find(struct td_fn_str name, const EVP_MD **out, struct td_err *err)
{
    pthread_once(&once, load);
    if (!loaded)
        return td_fn_fail(err, "XX000", "could not load %s", VERSIONED(OPENSSL_SHLIB_VERSION));
    *out = memchr(name.at, '\0', name.len) != NULL ? NULL : crypto.find(name.at);
    return *out != NULL ? TD_OK : td_fn_fail(err, "22023", "Cannot use \"%s\": No such hash algorithm", name.at);
}

static int digest_by(struct td_fn_call *c, struct td_fn_str name, bool as_text, struct td_err *err)
{
    struct td_fn_str s = td_fn_text(c, 0);
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    const EVP_MD *md = NULL;
    int rc = find(name, &md, err);
    if (rc != TD_OK)
        return rc;
    if (crypto.digest(s.at, s.len, bytes, &len, md, NULL) != 1)
        return failed(err);
    if (!as_text)
        return td_fn_give_blob(c, bytes, len);
    for (size_t i = 0; i < len; i++)
        td_buf_printf(&c->out, "%02x", bytes[i]);
    return td_fn_done(c, err);
}

#define NAMED(name) ((struct td_fn_str){name, sizeof name - 1})

static int md5(struct td_fn_call *c, struct td_err *err)
{
    return digest_by(c, NAMED("md5"), true, err);
}

static int sha224(struct td_fn_call *c, struct td_err *err)
{
    return digest_by(c, NAMED("sha224"), false, err);
}

static int sha256(struct td_fn_call *c, struct td_err *err)
{
    return digest_by(c, NAMED("sha256"), false, err);
}

static int sha384(struct td_fn_call *c, struct td_err *err)
{
    return digest_by(c, NAMED("sha384"), false, err);
}

static int sha512(struct td_fn_call *c, struct td_err *err)
{
    return digest_by(c, NAMED("sha512"), false, err);
}

static int digest(struct td_fn_call *c, struct td_err *err)
{
    return digest_by(c, td_fn_text(c, 1), false, err);
}

static int hmac(struct td_fn_call *c, struct td_err *err)
{
    struct td_fn_str s = td_fn_text(c, 0), key = td_fn_text(c, 1);
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    const EVP_MD *md = NULL;
    int rc = find(td_fn_text(c, 2), &md, err);
    if (rc != TD_OK)
        return rc;
    if (crypto.hmac(md, key.at, (int)key.len, (const unsigned char *)s.at, s.len, bytes, &len) == NULL)
        return failed(err);
    return td_fn_give_blob(c, bytes, len);
}

const struct td_fn td_fn_digests[] = {
    {"pg_md5", 1, 1, TD_FN_STRICT, md5},       {"pg_sha224", 1, 1, TD_FN_STRICT, sha224},
    {"pg_sha256", 1, 1, TD_FN_STRICT, sha256}, {"pg_sha384", 1, 1, TD_FN_STRICT, sha384},
    {"pg_sha512", 1, 1, TD_FN_STRICT, sha512}, {"pg_digest", 2, 2, TD_FN_STRICT, digest},
    {"pg_hmac", 3, 3, TD_FN_STRICT, hmac},     {NULL, 0, 0, 0, NULL},
};
