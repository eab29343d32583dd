/* Network addresses, as network_in, macaddr_in, macaddr8_in and their outputs of PostgreSQL 15 read and print them;
 * also where they are generous ("1.2.3.4." is an inet, "10" is a cidr). tests/pg/network.c asks the server itself. */
#include "core/base/network.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { V4_BYTES = 4, V6_BYTES = 16, V4_BITS = 32, V6_BITS = 128 };

struct address {
    unsigned char at[V6_BYTES];
    int bytes; /* V4_BYTES or V6_BYTES */
    int bits;  /* of the mask */
};

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 32);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

static bool is_decimal(char c)
{
    return c >= '0' && c <= '9';
}

/* --- version 4 --- */

/* "10.0.0.1" or fewer octets; where it ends, NULL: an octet too many or too great. */
static const char *octets(const char *p, unsigned char *out, int *n_out)
{
    *n_out = 0;
    while (is_decimal(*p)) {
        int value = 0;
        for (; is_decimal(*p); p++)
            if ((value = value * 10 + digit(*p)) > 255)
                return NULL;
        if (*n_out == V4_BYTES)
            return NULL;
        out[(*n_out)++] = (unsigned char)value;
        if (*p != '.')
            break;
        p++;
    }
    return p;
}

/* 0x0a01: two digits an octet, of which the last may have one. */
static const char *hex_octets(const char *p, unsigned char *out, int *n_out)
{
    int n = 0;
    for (p += 2; digit(*p) < 16; p++, n++) {
        if (n == 2 * V4_BYTES)
            return NULL;
        out[n / 2] = (unsigned char)(out[n / 2] | digit(*p) << (n % 2 == 0 ? 4 : 0));
    }
    *n_out = (n + 1) / 2;
    return p;
}

/* "/24" and the end; *bits_out -1: the end alone. */
static bool mask4(const char *p, int *bits_out)
{
    *bits_out = -1;
    if (*p == '/' && is_decimal(p[1])) {
        *bits_out = 0;
        for (p++; is_decimal(*p); p++)
            if ((*bits_out = *bits_out * 10 + digit(*p)) > V4_BITS)
                return false;
    }
    return *p == '\0';
}

static bool read_inet4(const char *text, struct address *out)
{
    int n;
    const char *p = octets(text, out->at, &n);
    if (p == NULL || n == 0 || !mask4(p, &out->bits))
        return false;
    if (out->bits == -1)
        out->bits = n == V4_BYTES ? V4_BITS : -1;
    return out->bits >= 0 && out->bits / 8 <= n;
}

/* The mask of a network without one: by the class of its first octet, and no fewer octets than are given. */
static int class_bits(const unsigned char *at, int n)
{
    int bits = at[0] >= 240 ? 32 : at[0] >= 224 ? 8 : at[0] >= 192 ? 24 : at[0] >= 128 ? 16 : 8;
    if (bits < n * 8)
        bits = n * 8;
    return bits == 8 && at[0] == 224 ? 4 : bits;
}

static bool read_cidr4(const char *text, struct address *out)
{
    int n;
    bool hex = text[0] == '0' && (text[1] | 32) == 'x' && digit(text[2]) < 16;
    const char *p = hex ? hex_octets(text, out->at, &n) : octets(text, out->at, &n);
    if (p == NULL || n == 0 || p[-1] == '.' || !mask4(p, &out->bits))
        return false;
    if (out->bits == -1)
        out->bits = class_bits(out->at, n);
    return true;
}

/* --- version 6 --- */

/* A decimal without zeros before it, at most `most`; false where something else stands before the end. */
static bool mask6(const char *p, int *bits_out)
{
    int value = 0;
    if (*p == '\0' || (p[0] == '0' && p[1] != '\0'))
        return false;
    for (; is_decimal(*p); p++)
        if ((value = value * 10 + digit(*p)) > V6_BITS)
            return false;
    *bits_out = value;
    return *p == '\0';
}

/* "1.2.3.4" at the end of an address, a mask behind it. What is missing of four octets is 0. */
static bool embedded(const char *p, unsigned char *out, int *bits_out)
{
    int n = 0, digits = 0, value = 0;
    for (; is_decimal(*p) || *p == '.' || *p == '/' || *p == '\0'; p++) {
        if (is_decimal(*p)) {
            if (digits++ > 0 && value == 0)
                return false;
            if ((value = value * 10 + digit(*p)) > 255)
                return false;
            continue;
        }
        if (n == V4_BYTES || (*p == '\0' && digits == 0))
            return false;
        out[n++] = (unsigned char)value;
        if (*p != '.')
            return *p == '\0' || mask6(p + 1, bits_out);
        value = digits = 0;
    }
    return false;
}

struct groups {
    struct address *out;
    int n;   /* bytes read */
    int gap; /* where "::" stands; -1: nowhere */
};

/* What stands between two colons, without the second. NULL: it is none. *end_out: nothing follows. */
static const char *group(const char *p, struct groups *g, bool *end_out)
{
    const char *start = p;
    int value = 0;
    for (; digit(*p) < 16 && p - start < 5; p++)
        value = value << 4 | digit(*p);
    *end_out = *p != ':';
    if (p - start > 4)
        return NULL;
    if (*p == '.') {
        bool fits = g->n + V4_BYTES <= V6_BYTES && embedded(start, g->out->at + g->n, &g->out->bits);
        g->n += V4_BYTES;
        return fits ? p : NULL;
    }
    if (*p == '/' ? !mask6(p + 1, &g->out->bits) : *p == ':' ? p > start && p[1] == '\0' : *p != '\0')
        return NULL;
    if (p > start) {
        if (g->n + 2 > V6_BYTES)
            return NULL;
        g->out->at[g->n++] = (unsigned char)(value >> 8);
        g->out->at[g->n++] = (unsigned char)value;
    } else if (*p == ':') {
        if (g->gap >= 0)
            return NULL;
        g->gap = g->n;
    }
    return p;
}

static bool read_v6(const char *p, struct address *out)
{
    struct groups g = {out, 0, -1};
    bool end = false;
    out->bits = V6_BITS;
    if (*p == ':' && *++p != ':')
        return false;
    while (*p != '\0') {
        p = group(p, &g, &end);
        if (p == NULL)
            return false;
        if (end)
            break;
        p++;
    }
    if (g.gap < 0 || g.n == V6_BYTES)
        return g.gap < 0 && g.n == V6_BYTES;
    memmove(out->at + V6_BYTES - (g.n - g.gap), out->at + g.gap, (size_t)(g.n - g.gap));
    memset(out->at + g.gap, 0, (size_t)(V6_BYTES - g.n));
    return true;
}

/* --- both --- */

static bool has_host_bits(const struct address *a)
{
    for (int i = a->bits; i < a->bytes * 8; i++)
        if ((a->at[i / 8] & (0x80 >> i % 8)) != 0)
            return true;
    return false;
}

static void clear_host_bits(struct address *a)
{
    for (int i = a->bits; i < a->bytes * 8; i++)
        a->at[i / 8] &= (unsigned char)~(0x80 >> i % 8);
}

static int bad(const char *type, const char *text, struct td_err *err)
{
    td_err_set(err, TD_C_ADDRESS, "invalid input syntax for type %s: \"%s\"", type, text);
    return td_err_sqlstate(err, "22P02");
}

static int read_address(bool cidr, const char *text, struct address *out, struct td_err *err)
{
    bool six = strchr(text, ':') != NULL;
    memset(out, 0, sizeof *out);
    out->bytes = six ? V6_BYTES : V4_BYTES;
    if (!(six ? read_v6(text, out) : cidr ? read_cidr4(text, out) : read_inet4(text, out)))
        return bad(cidr ? "cidr" : "inet", text, err);
    if (cidr && has_host_bits(out)) {
        td_err_set(err, TD_C_ADDRESS, "invalid cidr value: \"%s\"", text);
        td_err_why(err, "the value has bits set to the right of its mask");
        return td_err_sqlstate(err, "22P02");
    }
    return TD_OK;
}

static int word(const struct address *a, int i)
{
    return a->at[2 * i] << 8 | a->at[2 * i + 1];
}

/* The first of the longest runs of zero words, of two at least. */
static void longest_run(const struct address *a, int *base_out, int *len_out)
{
    *base_out = -1;
    *len_out = 1;
    for (int i = 0; i < 8; i++) {
        int len = 0;
        while (i + len < 8 && word(a, i + len) == 0)
            len++;
        if (len > *len_out) {
            *base_out = i;
            *len_out = len;
        }
    }
}

static void print_v4(const unsigned char *at, struct td_buf *out)
{
    td_buf_printf(out, "%u.%u.%u.%u", at[0], at[1], at[2], at[3]);
}

static void print_v6(const struct address *a, struct td_buf *out)
{
    int base, len;
    longest_run(a, &base, &len);
    bool v4 = base == 0 && (len == 6 || (len == 5 && word(a, 5) == 0xffff));
    for (int i = 0; i < (v4 ? 6 : 8); i++) {
        if (i == base)
            td_buf_add(out, "::");
        if (i >= base && i < base + len && base >= 0)
            continue;
        td_buf_printf(out, "%s%x", i == 0 || i == base + len ? "" : ":", (unsigned)word(a, i));
    }
    if (v4 && len == 5)
        td_buf_char(out, ':');
    if (v4)
        print_v4(a->at + 12, out);
}

static void print_address(bool cidr, const struct address *a, struct td_buf *out)
{
    if (a->bytes == V4_BYTES)
        print_v4(a->at, out);
    else
        print_v6(a, out);
    if (cidr || a->bits != a->bytes * 8)
        td_buf_printf(out, "/%d", a->bits);
}

/* --- hardware addresses --- */

static void print_mac(const unsigned char *at, int n, struct td_buf *out)
{
    for (int i = 0; i < n; i++)
        td_buf_printf(out, "%s%02x", i == 0 ? "" : ":", at[i]);
}

/* By sscanf(), as PostgreSQL reads them: blanks, signs and 0x are taken where it takes them. */
static int canon_mac(const char *text, struct td_buf *out, struct td_err *err)
{
    static const char *const forms[] = {"%x:%x:%x:%x:%x:%x%1s",   "%x-%x-%x-%x-%x-%x%1s",    "%2x%2x%2x:%2x%2x%2x%1s",
                                        "%2x%2x%2x-%2x%2x%2x%1s", "%2x%2x.%2x%2x.%2x%2x%1s", "%2x%2x-%2x%2x-%2x%2x%1s",
                                        "%2x%2x%2x%2x%2x%2x%1s"};
    unsigned v[6];
    unsigned char at[6];
    char junk[2];
    int count = 0;
    for (size_t i = 0; count != 6 && i < sizeof forms / sizeof *forms; i++)
        count = sscanf(text, forms[i], &v[0], &v[1], &v[2], &v[3], &v[4], &v[5], junk);
    if (count != 6)
        return bad("macaddr", text, err);
    for (int i = 0; i < 6; i++) {
        if (v[i] > 255) {
            td_err_set(err, TD_C_ADDRESS, "invalid octet value in \"macaddr\" value: \"%s\"", text);
            return td_err_sqlstate(err, "22003");
        }
        at[i] = (unsigned char)v[i];
    }
    print_mac(at, 6, out);
    return TD_OK;
}

/* Blanks up to the end, after the last pair. */
static const char *skip_end(const char *p)
{
    const char *q = p;
    while (isspace((unsigned char)*q))
        q++;
    return q == p || *q == '\0' ? q : NULL;
}

/* Pairs of digits, between which one and the same character may stand. The count of pairs, 0: something else. */
static int read_pairs(const char *p, unsigned char at[8])
{
    char spacer = '\0';
    int n = 0;
    while (isspace((unsigned char)*p))
        p++;
    while (p[0] != '\0' && p[1] != '\0') {
        if (n == 8 || digit(p[0]) == 16 || digit(p[1]) == 16)
            return 0;
        at[n++] = (unsigned char)(digit(p[0]) << 4 | digit(p[1]));
        p += 2;
        if (*p == ':' || *p == '-' || *p == '.') {
            if (spacer != '\0' && spacer != *p)
                return 0;
            spacer = *p++;
        }
        if ((n == 6 || n == 8) && (p = skip_end(p)) == NULL)
            return 0;
    }
    return n;
}

static int canon_mac8(const char *text, struct td_buf *out, struct td_err *err)
{
    unsigned char at[8];
    int n = read_pairs(text, at);
    if (n != 6 && n != 8)
        return bad("macaddr8", text, err);
    if (n == 6) {
        memmove(at + 5, at + 3, 3);
        at[3] = 0xff;
        at[4] = 0xfe;
    }
    print_mac(at, 8, out);
    return TD_OK;
}

int td_network_canon(enum td_network_kind kind, const char *text, struct td_buf *out, struct td_err *err)
{
    struct address a;
    if (kind == TD_NETWORK_MACADDR)
        return canon_mac(text, out, err);
    if (kind == TD_NETWORK_MACADDR8)
        return canon_mac8(text, out, err);
    int rc = read_address(kind == TD_NETWORK_CIDR, text, &a, err);
    if (rc == TD_OK)
        print_address(kind == TD_NETWORK_CIDR, &a, out);
    return rc;
}

/* Version 4 first; then the bits under the mask, of which a shorter row sorts first where one begins the other; then
 * the whole address. */
int td_inet_sort(const char *text, struct td_buf *out, struct td_err *err)
{
    struct address a;
    int rc = read_address(false, text, &a, err);
    if (rc != TD_OK)
        return rc;
    td_buf_char(out, a.bytes == V4_BYTES ? '4' : '6');
    for (int i = 0; i < a.bits; i++)
        td_buf_char(out, (a.at[i / 8] & (0x80 >> i % 8)) != 0 ? '1' : '0');
    td_buf_char(out, ' ');
    for (int i = 0; i < a.bytes; i++)
        td_buf_printf(out, "%02x", a.at[i]);
    return TD_OK;
}

int td_inet_network(const char *text, struct td_buf *out, struct td_err *err)
{
    struct address a;
    int rc = read_address(false, text, &a, err);
    if (rc != TD_OK)
        return rc;
    clear_host_bits(&a);
    print_address(true, &a, out);
    return TD_OK;
}
