/* Exact numbers and jsonb by way of the heap. */
#include "drivers/sqlite/functions/exact.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/base/decimal.h"
#include "core/base/jsontext.h"
#include "core/base/mem.h"

/* The arena takes the heap text over before anything is allocated from it: even when there is no memory for that, it
 * is freed. */
static int hand_over(struct td_buf *heap, int rc, struct td_buf *out, struct td_err *err)
{
    if (rc == TD_OK)
        rc = td_buf_check(heap, err);
    if (rc != TD_OK || out->arena == NULL) {
        if (rc == TD_OK)
            td_buf_add_n(out, td_buf_str(heap), heap->len);
        td_buf_deinit(heap);
        return rc;
    }
    if (heap->at != NULL)
        td_arena_defer(out->arena, td_mem_free, heap->at);
    td_buf_add_n(out, td_buf_str(heap), heap->len);
    return rc;
}

#define UNARY(name)                                                                                                    \
    int td_exact_##name(const char *text, struct td_buf *out, struct td_err *err)                                      \
    {                                                                                                                  \
        struct td_buf heap = {0};                                                                                      \
        return hand_over(&heap, td_decimal_##name(text, &heap, err), out, err);                                        \
    }
#define SCALED(name)                                                                                                   \
    int td_exact_##name(const char *text, int scale, struct td_buf *out, struct td_err *err)                           \
    {                                                                                                                  \
        struct td_buf heap = {0};                                                                                      \
        return hand_over(&heap, td_decimal_##name(text, scale, &heap, err), out, err);                                 \
    }
#define BINARY(name)                                                                                                   \
    int td_exact_##name(const char *a, const char *b, struct td_buf *out, struct td_err *err)                          \
    {                                                                                                                  \
        struct td_buf heap = {0};                                                                                      \
        return hand_over(&heap, td_decimal_##name(a, b, &heap, err), out, err);                                        \
    }
UNARY(canon)
UNARY(floor)
UNARY(ceil)
UNARY(abs)
UNARY(neg)
UNARY(trim)
SCALED(round)
SCALED(trunc)
BINARY(add)
BINARY(sub)
BINARY(mul)
BINARY(div)
BINARY(mod)

int td_exact_fit(const char *text, int precision, int scale, struct td_buf *out, struct td_err *err)
{
    struct td_buf heap = {0};
    return hand_over(&heap, td_decimal_fit(text, precision, scale, &heap, err), out, err);
}

int td_exact_from_double(double v, int digits, struct td_buf *out, struct td_err *err)
{
    struct td_buf heap = {0};
    return hand_over(&heap, td_decimal_from_double(v, digits, &heap, err), out, err);
}

int td_exact_jsonb(const char *text, size_t len, struct td_buf *out, struct td_err *err)
{
    struct td_buf heap = {0};
    return hand_over(&heap, td_jsonb_normalise(text, len, &heap, err), out, err);
}

int td_exact_sort(struct td_arena *a, const char *text, struct td_buf *out, struct td_err *err)
{
    struct td_buf n;
    td_buf_init(&n, a);
    int rc = td_exact_trim(text, &n, err);
    if (rc == TD_OK)
        rc = td_buf_check(&n, err);
    if (rc != TD_OK)
        return rc;
    const char *p = td_buf_str(&n);
    bool minus = *p == '-';
    p += minus;
    if (*p == 'I' || *p == 'N') {
        td_buf_add(out, minus ? "0" : *p == 'I' ? "8" : "9");
        return TD_OK;
    }
    size_t whole = strcspn(p, ".");
    if (whole == 1 && *p == '0')
        whole = 0, p++;
    td_buf_char(out, minus ? '1' : '5');
    td_buf_printf(out, "%06d", (int)(minus ? 999999 - whole : whole));
    for (; *p != '\0'; p++)
        if (*p != '.')
            td_buf_char(out, minus ? (char)('0' + '9' - *p) : *p);
    if (minus)
        td_buf_char(out, '~');
    return TD_OK;
}
