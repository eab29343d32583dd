/* Any text as a database URL: parsed or refused, and its password never in what is printed. */
#include <string.h>

#include "core/base/mem.h"
#include "core/config/url.h"
#include "tests/fuzz/fuzz.h"

/* In the authority, where it is one, and nowhere else: a path or a query may hold what looks alike. */
static bool has_password(const char *text)
{
    const char *at = strstr(text, ":hunter2@");
    size_t scheme = strncmp(text, "postgres://", 11) == 0 ? 11 : strncmp(text, "postgresql://", 13) == 0 ? 13 : 0;
    return at != NULL && scheme > 0 && at < text + scheme + strcspn(text + scheme, "/?#") &&
           strstr(at + 1, ":hunter2@") == NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = td_mem_dup(data, size);
    struct td_url u;
    struct td_err err = {0};
    int rc = td_url_parse(text, "base", &u, &err);
    FUZZ_CHECK(rc == TD_OK || (err.message[0] != '\0' && err.next[0] != '\0'));
    /* "hunter2" stands for a password where the seeds have it; no message may show it then. */
    bool password = has_password(text);
    if (rc == TD_OK) {
        FUZZ_CHECK(u.display != NULL && (u.kind == TD_URL_SQLITE ? u.path : u.conninfo) != NULL);
        td_url_deinit(&u);
    }
    if (rc != TD_OK && password)
        FUZZ_CHECK(strstr(err.message, ":hunter2@") == NULL);
    char *redacted = td_url_redact(text);
    FUZZ_CHECK(redacted != NULL && (!password || strstr(redacted, ":hunter2@") == NULL));
    td_mem_free(redacted);
    struct td_buf shown = {0};
    td_url_mask(&shown, text, strlen(text));
    FUZZ_CHECK(strstr(td_buf_str(&shown), "://u:hunter2@") == NULL);
    td_buf_deinit(&shown);
    td_mem_free(text);
    return 0;
}
