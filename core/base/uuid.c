#include "core/base/uuid.h"

#include <string.h>
#include <uuid/uuid.h>

void td_uuid_v4(char out[TD_UUID_TEXT])
{
    uuid_t u;
    uuid_generate_random(u);
    uuid_unparse_lower(u, out);
}

/* libuuid of Debian 12 has no version 7: its random version 4 with time and version written over it. */
void td_uuid_v7(int64_t unix_us, char out[TD_UUID_TEXT])
{
    uuid_t u;
    uint64_t ms = (uint64_t)unix_us / 1000, part = (uint64_t)unix_us % 1000 * 4096 / 1000;
    uuid_generate_random(u);
    for (int i = 0; i < 6; i++)
        u[i] = (unsigned char)(ms >> (40 - 8 * i));
    u[6] = (unsigned char)(0x70 | part >> 8);
    u[7] = (unsigned char)part;
    uuid_unparse_lower(u, out);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c;
    if (c >= 'a' && c <= 'f')
        return c;
    return c >= 'A' && c <= 'F' ? c - 'A' + 'a' : -1;
}

bool td_uuid_parse(const char *text, size_t len, char out[TD_UUID_TEXT])
{
    char canon[TD_UUID_TEXT];
    size_t digits = 0, at = 0, i = 0;
    if (len >= 2 && text[0] == '{') {
        if (text[len - 1] != '}')
            return false;
        i = 1;
        len--;
    }
    for (; i < len; i++) {
        bool between = digits > 0 && digits < 32 && digits % 4 == 0;
        if (text[i] == '-' && between && text[i - 1] != '-')
            continue;
        int c = hex_digit(text[i]);
        if (c < 0 || digits == 32)
            return false;
        if (digits == 8 || digits == 12 || digits == 16 || digits == 20)
            canon[at++] = '-';
        canon[at++] = (char)c;
        digits++;
    }
    if (digits != 32)
        return false;
    canon[at] = '\0';
    if (out != NULL)
        memcpy(out, canon, sizeof canon);
    return true;
}

bool td_uuid_is_canonical(const char *text, size_t len)
{
    char canon[TD_UUID_TEXT];
    return len == TD_UUID_TEXT - 1 && td_uuid_parse(text, len, canon) && memcmp(text, canon, len) == 0;
}
