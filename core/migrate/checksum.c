/* Does a file fit the checksum that some tool recorded? Line ends and an old bug of Prisma's are forgiven. */
#include <string.h>

#include "core/base/sha256.h"
#include "core/migrate/folder.h"

/* Versions of Prisma of 2020 printed each byte without its leading zero: 60 to 63 characters. */
static void unpad(const char *hex, char out[TD_SHA256_HEX])
{
    size_t n = 0;
    for (size_t i = 0; i + 1 < TD_SHA256_HEX; i += 2) {
        if (hex[i] != '0')
            out[n++] = hex[i];
        out[n++] = hex[i + 1];
    }
    out[n] = '\0';
}

static bool same(const char *hex, const char *recorded)
{
    char unpadded[TD_SHA256_HEX];
    if (strlen(recorded) == TD_SHA256_HEX - 1)
        return strcmp(hex, recorded) == 0;
    unpad(hex, unpadded);
    return strcmp(unpadded, recorded) == 0;
}

/* SHA-256 of the text with every line end written as `newline`. */
static void hash_with_line_ends(const struct td_migration *m, const char *newline, char out[TD_SHA256_HEX])
{
    struct td_sha256 h;
    td_sha256_start(&h);
    for (size_t from = 0; from < m->len;) {
        const char *lf = memchr(m->text + from, '\n', m->len - from);
        size_t end = lf == NULL ? m->len : (size_t)(lf - m->text);
        size_t line = end - from;
        if (lf != NULL && line > 0 && m->text[end - 1] == '\r')
            line--;
        td_sha256_add(&h, m->text + from, line);
        if (lf != NULL)
            td_sha256_add(&h, newline, strlen(newline));
        from = end + 1;
    }
    td_sha256_finish(&h, out);
}

bool td_migration_checksum_fits(const struct td_migration *m, const char *recorded)
{
    char other[TD_SHA256_HEX];
    if (recorded == NULL)
        return false;
    if (same(m->checksum, recorded))
        return true;
    if (m->text == NULL)
        return false;
    hash_with_line_ends(m, "\n", other);
    if (same(other, recorded))
        return true;
    hash_with_line_ends(m, "\r\n", other);
    return same(other, recorded);
}
