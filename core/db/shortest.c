#include "core/db/shortest.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double tens[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                              1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* The digits of m * 10^-k, without the zeros at their end. */
static void take_digits(uint64_t m, int k, struct td_shortest *out)
{
    char text[24];
    int n = 0;
    for (; m % 10 == 0; k--)
        m /= 10;
    for (; m > 0; m /= 10)
        text[n++] = (char)('0' + m % 10);
    out->n = n;
    out->exponent = n - 1 - k;
    for (int i = 0; i < n; i++)
        out->digits[i] = text[n - 1 - i];
    out->digits[n] = '\0';
}

/* Up to 15 digits (6 of a real) are always read back as they were: numbers as people write them have no more. Both m
 * and 10^k are exact, so that m / 10^k is what reading the digits gives; of reals up to 10^10, that the second rounding
 * does no harm. */
static bool find_few(double v, bool single, struct td_shortest *out)
{
    double limit = single ? 1e6 : 1e15;
    int most = single ? 10 : 22;
    for (int k = 0; k <= most; k++) {
        double scaled = v * tens[k];
        if (scaled >= limit)
            return false;
        uint64_t m = (uint64_t)(scaled + 0.5);
        double back = (double)m / tens[k];
        if (m == 0 || (single ? (float)back != (float)v : back != v))
            continue;
        take_digits(m, k, out);
        return true;
    }
    return false;
}

/* Is m * 10^e a bit finer than the numbers around it, and nothing finer? Then it lies exactly between two. Numbers of
 * 17 digits that do are whole (5^23 is the largest odd part that fits) or end in .5. */
static bool is_between(uint64_t m, int e, bool single)
{
    unsigned __int128 odd = m;
    int bits = 0;
    if (e < -1 || e > 23)
        return false;
    if (e == -1 && odd % 5 != 0)
        return false;
    if (e == -1)
        odd /= 5;
    for (int i = 0; i < e; i++)
        odd *= 5;
    while (odd % 2 == 0)
        odd /= 2;
    for (; odd > 0; odd /= 2)
        bits++;
    return bits == (single ? 25 : 54);
}

/* Is it the number that m * 10^e is read as? */
static bool reads_back(uint64_t m, int e, double v, bool single)
{
    char text[40];
    snprintf(text, sizeof text, "%llue%d", (unsigned long long)m, e);
    return (single ? (double)strtof(text, NULL) : strtod(text, NULL)) == v && !is_between(m, e, single);
}

/* The nearest number of n digits, if it will do. Below a power of two the next number is half as far as above it: there
 * the nearest may be too far down, and the one above it near enough. */
static bool try_digits(double v, int n, bool single, struct td_shortest *out)
{
    char text[40], *end = text;
    uint64_t m = 0;
    snprintf(text, sizeof text, "%.*e", n - 1, v);
    for (; *end != 'e'; end++) /* whatever the locale's point is */
        if (*end >= '0' && *end <= '9')
            m = m * 10 + (uint64_t)(*end - '0');
    int e = (int)strtol(end + 1, NULL, 10) - (n - 1), two;
    for (uint64_t up = 0; up <= (frexp(v, &two) == 0.5); up++) {
        if (!reads_back(m + up, e, v, single))
            continue;
        take_digits(m + up, -e, out);
        return true;
    }
    return false;
}

void td_shortest_find(double v, bool single, struct td_shortest *out)
{
    v = single ? (double)(float)v : v;
    *out = (struct td_shortest){.negative = v < 0, .n = 1, .digits = "0"};
    v = fabs(v);
    if (v == 0 || find_few(v, single, out))
        return;
    /* what fits in as many digits as are always kept is found there, with zeros at its end; subnormals keep fewer */
    bool subnormal = v < (single ? 1.17549435e-38 : 2.2250738585072014e-308);
    for (int n = subnormal ? 1 : single ? 6 : 15; n < (single ? 9 : 17); n++)
        if (try_digits(v, n, single, out))
            return;
    if (!try_digits(v, single ? 9 : 17, single, out))
        TD_ASSERT(!"so many digits are always enough");
}

static void add_exponent(int exponent, struct td_buf *out)
{
    char text[8] = {'e', exponent < 0 ? '-' : '+'};
    int e = abs(exponent), n = 2;
    if (e >= 100)
        text[n++] = (char)('0' + e / 100);
    text[n++] = (char)('0' + e / 10 % 10);
    text[n++] = (char)('0' + e % 10);
    td_buf_add_n(out, text, (size_t)n);
}

void td_shortest_layout(const struct td_shortest *s, int from, struct td_buf *out)
{
    static const char zeros[] = "0.0000000000000000000000000000000";
    int whole = s->exponent + 1;
    if (s->negative)
        td_buf_char(out, '-');
    if (s->exponent < -4 || s->exponent >= from) {
        td_buf_add_n(out, s->digits, 1);
        td_buf_add_n(out, ".", s->n > 1);
        td_buf_add_n(out, s->digits + 1, (size_t)s->n - 1);
        add_exponent(s->exponent, out);
    } else if (whole <= 0) {
        td_buf_add_n(out, zeros, (size_t)(2 - whole));
        td_buf_add_n(out, s->digits, (size_t)s->n);
    } else if (whole >= s->n) {
        td_buf_add_n(out, s->digits, (size_t)s->n);
        td_buf_add_n(out, zeros + 2, (size_t)(whole - s->n));
    } else {
        td_buf_add_n(out, s->digits, (size_t)whole);
        td_buf_char(out, '.');
        td_buf_add_n(out, s->digits + whole, (size_t)(s->n - whole));
    }
}

void td_shortest_print(double v, bool single, struct td_buf *out)
{
    struct td_shortest s;
    if (isnan(v) || isinf(v)) {
        td_buf_add(out, isnan(v) ? "NaN" : v < 0 ? "-Infinity" : "Infinity");
        return;
    }
    td_shortest_find(v, single, &s);
    td_shortest_layout(&s, single ? 6 : 15, out);
}
