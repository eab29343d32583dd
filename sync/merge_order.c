/* How PostgreSQL orders two values of one type. */
#include <string.h>

#include "core/base/buf.h"
#include "core/base/decimal.h"
#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/catalog/catalog.h"
#include "sync/merge.h"

enum { SHORT_TEXT = 128 };

static int order_of(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int order_doubles(double a, double b)
{
    if (a != a || b != b) /* NaN is above all */
        return (a != a) - (b != b);
    return (a > b) - (a < b);
}

static int order_bytes(struct td_value a, struct td_value b)
{
    size_t n = a.bytes.len < b.bytes.len ? a.bytes.len : b.bytes.len;
    int order = n > 0 ? memcmp(a.bytes.at, b.bytes.at, n) : 0;
    return order != 0 ? (order > 0) - (order < 0) : (a.bytes.len > b.bytes.len) - (a.bytes.len < b.bytes.len);
}

static int order_numerics(struct td_value a, struct td_value b, int *out, struct td_err *err)
{
    struct td_buf x = {0}, y = {0};
    td_buf_add_n(&x, a.bytes.at, a.bytes.len);
    td_buf_add_n(&y, b.bytes.at, b.bytes.len);
    int rc = td_buf_check(&x, err);
    if (rc == TD_OK)
        rc = td_buf_check(&y, err);
    if (rc == TD_OK)
        rc = td_decimal_compare(td_buf_str(&x), td_buf_str(&y), out, err);
    td_buf_deinit(&x);
    td_buf_deinit(&y);
    return rc;
}

/* Times are short: a longer text is none. */
static const char *short_text(struct td_value v, char out[SHORT_TEXT])
{
    size_t n = v.bytes.len < SHORT_TEXT ? v.bytes.len : SHORT_TEXT - 1;
    memcpy(out, v.bytes.at, n);
    out[n] = '\0';
    return out;
}

/* timetz by the moment, then by the zone, as timetz_cmp has it. */
static int order_times(enum td_time_kind kind, struct td_value a, struct td_value b, int *out, struct td_err *err)
{
    char text[SHORT_TEXT];
    struct td_time x, y;
    int rc = td_time_parse(kind, -1, short_text(a, text), NULL, &x, err);
    if (rc == TD_OK)
        rc = td_time_parse(kind, -1, short_text(b, text), NULL, &y, err);
    if (rc != TD_OK)
        return rc;
    if (kind != TD_TIME_TIMETZ) {
        *out = order_of(x.v, y.v);
        return TD_OK;
    }
    *out = order_of(x.v - x.zone_s * INT64_C(1000000), y.v - y.zone_s * INT64_C(1000000));
    if (*out == 0)
        *out = order_of(-x.zone_s, -y.zone_s);
    return TD_OK;
}

static int order_intervals(struct td_value a, struct td_value b, int *out, struct td_err *err)
{
    char text[SHORT_TEXT];
    struct td_interval x, y;
    int rc = td_interval_parse(short_text(a, text), &x, err);
    if (rc == TD_OK)
        rc = td_interval_parse(short_text(b, text), &y, err);
    if (rc == TD_OK)
        *out = td_interval_compare(&x, &y);
    return rc;
}

static int label(const struct td_user_type *u, struct td_value v, struct td_err *err)
{
    for (size_t i = 0; i < u->labels.len; i++)
        if (strlen(u->labels.at[i]) == v.bytes.len && memcmp(u->labels.at[i], v.bytes.at, v.bytes.len) == 0)
            return (int)i;
    td_err_set(err, TD_C_SYNC_VALUE, "\"%.*s\" is no label of \"%s\"", (int)(v.bytes.len < 60 ? v.bytes.len : 60),
               v.bytes.at, u->name);
    return -1;
}

static int order_labels(const struct td_user_type *u, struct td_value a, struct td_value b, int *out,
                        struct td_err *err)
{
    int x = label(u, a, err), y = x < 0 ? -1 : label(u, b, err);
    *out = order_of(x, y);
    return y < 0 ? TD_EDATA : TD_OK;
}

static int other_kind(struct td_err *err)
{
    return td_err_set(err, TD_C_SYNC_VALUE, "two values of one column are of different kinds");
}

int td_merge_order(struct td_type t, struct td_value a, struct td_value b, int *out, struct td_err *err)
{
    t = td_type_base(t);
    *out = 0;
    if (a.kind != b.kind || a.kind == TD_V_NULL)
        return other_kind(err);
    switch (a.kind) {
    case TD_V_BOOL: *out = a.b - b.b; return TD_OK;
    case TD_V_INT: *out = order_of(a.i, b.i); return TD_OK;
    case TD_V_DOUBLE: *out = order_doubles(a.d, b.d); return TD_OK;
    default: break;
    }
    switch (t.kind) {
    case TD_T_NUMERIC: return order_numerics(a, b, out, err);
    case TD_T_TIMESTAMPTZ: return order_times(TD_TIME_TIMESTAMPTZ, a, b, out, err);
    case TD_T_TIMESTAMP: return order_times(TD_TIME_TIMESTAMP, a, b, out, err);
    case TD_T_DATE: return order_times(TD_TIME_DATE, a, b, out, err);
    case TD_T_TIME: return order_times(TD_TIME_TIME, a, b, out, err);
    case TD_T_TIMETZ: return order_times(TD_TIME_TIMETZ, a, b, out, err);
    case TD_T_INTERVAL: return order_intervals(a, b, out, err);
    case TD_T_ENUM: return order_labels(t.user, a, b, out, err);
    default: *out = order_bytes(a, b); return TD_OK;
    }
}
