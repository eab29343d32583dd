#include "core/base/utf8.h"

#include <string.h>
#include <utf8proc.h>

/* Length of the well-formed sequence at `s`, 0 when it is none: Unicode's table 3-7, which PostgreSQL follows too. */
static size_t sequence(const unsigned char *s, size_t len, uint32_t *cp)
{
    if (s[0] < 0x80) {
        *cp = s[0];
        return 1;
    }
    size_t n = s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : 2;
    if (s[0] < 0xC2 || s[0] > 0xF4 || len < n)
        return 0;
    uint32_t c = s[0] & (0xFFu >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xC0) != 0x80)
            return 0;
        c = c << 6 | (s[i] & 0x3Fu);
    }
    if ((n == 3 && (c < 0x800 || (c >= 0xD800 && c <= 0xDFFF))) || (n == 4 && (c < 0x10000 || c > 0x10FFFF)))
        return 0;
    *cp = c;
    return n;
}

/* Where the run of ASCII at `i` ends, or up to 7 bytes before: most text is nothing else. */
static size_t skip_ascii(const unsigned char *s, size_t len, size_t i)
{
    uint64_t eight;
    for (; len - i >= sizeof eight; i += sizeof eight) {
        memcpy(&eight, s + i, sizeof eight);
        if ((eight & UINT64_C(0x8080808080808080)) != 0)
            break;
    }
    return i;
}

size_t td_utf8_find_bad(const char *bytes, size_t len)
{
    const unsigned char *s = (const unsigned char *)bytes;
    uint32_t cp;
    for (size_t i = 0; i < len;) {
        size_t n = sequence(s + i, len - i, &cp);
        if (n == 0)
            return i;
        i += n;
        if (n == 1)
            i = skip_ascii(s, len, i);
    }
    return TD_UTF8_VALID;
}

int td_utf8_check(const char *bytes, size_t len, const char *path, struct td_err *err)
{
    size_t bad = td_utf8_find_bad(bytes, len), end = bad == TD_UTF8_VALID ? len : bad;
    if (bad == TD_UTF8_VALID && (len == 0 || memchr(bytes, '\0', len) == NULL))
        return TD_OK;
    unsigned line = 1, column = 1;
    if (len >= 2 && (memcmp(bytes, "\xFF\xFE", 2) == 0 || memcmp(bytes, "\xFE\xFF", 2) == 0)) {
        td_err_set(err, TD_C_ENCODING, "\"%s\" is UTF-16, not UTF-8", path);
        td_err_at(err, path, 1, 1);
        return td_err_next(err, "Convert the file, for example with: iconv -f utf-16 -t utf-8");
    }
    for (size_t i = 0; i < end; i++) {
        if (bytes[i] == '\0') {
            td_err_set(err, TD_C_ENCODING, "a NUL byte in \"%s\", at byte %zu", path, i);
            td_err_at(err, path, line, column);
            return td_err_next(err, "Save the file as UTF-8 text; a NUL in every other byte means UTF-16.");
        }
        if (bytes[i] == '\n' || (bytes[i] == '\r' && (i + 1 == len || bytes[i + 1] != '\n'))) {
            line++;
            column = 1;
        } else if (((unsigned char)bytes[i] & 0xC0) != 0x80) {
            column++;
        }
    }
    td_err_set(err, TD_C_ENCODING, "\"%s\" is not UTF-8: byte 0x%02x at offset %zu", path, (unsigned char)bytes[bad],
               bad);
    td_err_at(err, path, line, column);
    return td_err_next(err, "Convert the file, for example with: iconv -f latin1 -t utf-8");
}

size_t td_utf8_next(const char *bytes, size_t len, uint32_t *cp)
{
    uint32_t c = 0xFFFD;
    if (len == 0)
        return 0;
    size_t n = sequence((const unsigned char *)bytes, len, &c);
    if (cp != NULL)
        *cp = n == 0 ? 0xFFFD : c;
    return n == 0 ? 1 : n;
}

size_t td_utf8_encode(uint32_t cp, char out[4])
{
    unsigned char *p = (unsigned char *)out;
    if (cp < 0x80) {
        p[0] = (unsigned char)cp;
        return 1;
    }
    if ((cp >= 0xD800 && cp <= 0xDFFF) || cp > 0x10FFFF)
        return 0;
    size_t n = cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, cp >>= 6)
        p[i] = (unsigned char)(0x80 | (cp & 0x3F));
    p[0] = (unsigned char)((0xF00u >> n & 0xF0) | cp);
    return n;
}

size_t td_utf8_chars(const char *bytes, size_t len)
{
    size_t chars = 0;
    for (size_t i = 0; i < len; chars++)
        i += td_utf8_next(bytes + i, len - i, NULL);
    return chars;
}

size_t td_utf8_bytes(const char *bytes, size_t len, size_t chars)
{
    size_t i = 0;
    for (; i < len && chars > 0; chars--)
        i += td_utf8_next(bytes + i, len - i, NULL);
    return i;
}

size_t td_utf8_width(const char *bytes, size_t len)
{
    size_t width = 0;
    for (size_t i = 0; i < len;) {
        uint32_t cp;
        i += td_utf8_next(bytes + i, len - i, &cp);
        int w = utf8proc_charwidth((utf8proc_int32_t)cp);
        width += w > 0 ? (size_t)w : 0;
    }
    return width;
}
