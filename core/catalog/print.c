/* Types as format_type() prints them. */
#include <string.h>

#include "core/base/buf.h"
#include "core/base/keyword.h"
#include "core/base/time.h"
#include "core/catalog/catalog.h"

static void name(struct td_buf *out, const char *s)
{
    if (td_name_is_plain(s, strlen(s)))
        td_buf_add(out, s);
    else
        td_buf_ident(out, s);
}

static void length(struct td_buf *out, int n)
{
    if (n >= 0)
        td_buf_printf(out, "(%d)", n);
}

static void zoned(struct td_buf *out, const char *word, int digits, const char *rest)
{
    td_buf_add(out, word);
    length(out, digits);
    td_buf_add(out, rest);
}

static void interval(struct td_buf *out, const struct td_type *t)
{
    const char *fields = td_interval_fields_name(t->mod2);
    td_buf_add(out, "interval");
    if (fields != NULL)
        td_buf_printf(out, " %s", fields);
    length(out, t->mod1);
}

static void other(struct td_buf *out, const struct td_type *t)
{
    if (strcmp(t->name, "varbit") == 0)
        td_buf_add(out, "bit varying");
    else if (strcmp(t->name, "bit") == 0)
        td_buf_add(out, t->mod1 >= 0 ? "bit" : "\"bit\""); /* bit alone means bit(1) */
    else if (strcmp(t->name, "char") == 0)
        td_buf_add(out, "\"char\"");
    else
        name(out, t->name);
    length(out, t->mod1);
}

static void user(struct td_buf *out, const struct td_user_type *u)
{
    if (u == NULL) {
        td_buf_add(out, "record");
        return;
    }
    if (strcmp(u->schema, "public") != 0 && strcmp(u->schema, "pg_temp") != 0) {
        name(out, u->schema);
        td_buf_char(out, '.');
    }
    name(out, u->name);
}

static const char *const words[] = {
    [TD_T_UNKNOWN] = "unknown",   [TD_T_INT2] = "smallint",
    [TD_T_INT4] = "integer",      [TD_T_INT8] = "bigint",
    [TD_T_BOOL] = "boolean",      [TD_T_FLOAT4] = "real",
    [TD_T_TEXT] = "text",         [TD_T_CITEXT] = "citext",
    [TD_T_NAME] = "name",         [TD_T_FLOAT8] = "double precision",
    [TD_T_UUID] = "uuid",         [TD_T_DATE] = "date",
    [TD_T_JSON] = "json",         [TD_T_JSONB] = "jsonb",
    [TD_T_BYTEA] = "bytea",       [TD_T_INET] = "inet",
    [TD_T_CIDR] = "cidr",         [TD_T_MACADDR] = "macaddr",
    [TD_T_MACADDR8] = "macaddr8", [TD_T_OID] = "oid",
    [TD_T_REGCLASS] = "regclass", [TD_T_RECORD] = "record",
    [TD_T_VOID] = "void",         [TD_T_TRIGGER] = "trigger",
};

static void scalar(const struct td_type *t, struct td_buf *out)
{
    switch (t->kind) {
    case TD_T_NUMERIC:
        td_buf_add(out, "numeric");
        if (t->mod1 >= 0)
            td_buf_printf(out, "(%d,%d)", t->mod1, t->mod2);
        break;
    case TD_T_VARCHAR:
        td_buf_add(out, "character varying");
        length(out, t->mod1);
        break;
    case TD_T_BPCHAR:
        td_buf_add(out, t->mod1 >= 0 ? "character" : "bpchar");
        length(out, t->mod1);
        break;
    case TD_T_TIMESTAMPTZ: zoned(out, "timestamp", t->mod1, " with time zone"); break;
    case TD_T_TIMESTAMP: zoned(out, "timestamp", t->mod1, " without time zone"); break;
    case TD_T_TIMETZ: zoned(out, "time", t->mod1, " with time zone"); break;
    case TD_T_TIME: zoned(out, "time", t->mod1, " without time zone"); break;
    case TD_T_INTERVAL: interval(out, t); break;
    case TD_T_ENUM:
    case TD_T_DOMAIN:
    case TD_T_COMPOSITE: user(out, t->user); break;
    case TD_T_OTHER: other(out, t); break;
    default: td_buf_add(out, words[t->kind]); break;
    }
}

void td_type_print(const struct td_type *t, struct td_buf *out)
{
    scalar(t, out);
    if (t->dims > 0)
        td_buf_add(out, "[]");
}
