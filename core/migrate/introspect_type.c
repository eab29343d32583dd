/* Enums, domains and the other types that users make; the type of anything. */
#include <string.h>

#include "core/migrate/introspect_impl.h"

/* ---- modifiers, as PostgreSQL packs them ---- */

enum { VARHDRSZ = 4, INTERVAL_FULL_RANGE = 0x7FFF, INTERVAL_FULL_PRECISION = 0xFFFF };

static void modifiers(struct td_type *t, int64_t m)
{
    if (m < 0)
        return;
    switch (t->kind) {
    case TD_T_VARCHAR:
    case TD_T_BPCHAR: t->mod1 = (int)m - VARHDRSZ; break;
    case TD_T_NUMERIC:
        t->mod1 = (int)((m - VARHDRSZ) >> 16) & 0xFFFF;
        t->mod2 = (((int)(m - VARHDRSZ) & 0x7FF) ^ 1024) - 1024; /* eleven bits with a sign */
        break;
    case TD_T_INTERVAL:
        t->mod1 = (m & 0xFFFF) == INTERVAL_FULL_PRECISION ? -1 : (int)(m & 0xFFFF);
        t->mod2 = ((m >> 16) & 0x7FFF) == INTERVAL_FULL_RANGE ? -1 : (int)(m >> 16) & 0x7FFF;
        break;
    default: t->mod1 = (int)m; break;
    }
}

struct td_type td_introspect_type(struct td_introspecting *in, const struct td_rows *r, size_t row, size_t column,
                                  int64_t modifier)
{
    struct td_type t;
    const char *name = td_rows_cell(r, row, column + 2);
    const struct td_user_type *u = td_map_get(&in->types, td_rows_cell(r, row, column));
    if (u != NULL) {
        t = td_type_of_user(u);
    } else if (!td_type_builtin(name, &t)) { /* of an extension, or a table's row */
        t = TD_TYPE(TD_T_OTHER);
        t.name = name;
    }
    modifiers(&t, modifier);
    t.dims = td_rows_bool(r, row, column + 3) ? 1 : t.dims;
    return t;
}

/* ---- the user's ---- */

static enum td_user_type_kind kind_of(const char *letter)
{
    switch (letter[0]) {
    case 'e': return TD_UT_ENUM;
    case 'd': return TD_UT_DOMAIN;
    case 'c': return TD_UT_COMPOSITE;
    case 'r': return TD_UT_RANGE;
    default: return TD_UT_SHELL;
    }
}

/* A table's row type is none of the user's making. */
static const char user_types[] =
    "SELECT t.oid::text, n.nspname::text, t.typname::text, t.typtype::text, " TD_COMMENT_ON(
        "pg_type", "t") " FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace"
                        " LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid"
                        " WHERE n.nspname = ANY ($1::name[]) AND (t.typtype IN ('e', 'd', 'r') OR c.relkind = 'c'"
                        " OR NOT t.typisdefined)" TD_NOT_BROUGHT("pg_type", "t") " ORDER BY t.oid";

static int read_types(struct td_introspecting *in, struct td_err *err)
{
    struct td_rows r;
    int rc = td_introspect_read(in, user_types, &r, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&r); i++) {
        struct td_user_type *u = td_arena_new(in->a, struct td_user_type);
        u->id = td_catalog_next_id(in->c);
        u->schema = td_rows_cell(&r, i, 1);
        u->name = td_rows_cell(&r, i, 2);
        u->kind = kind_of(td_rows_cell(&r, i, 3));
        u->comment = td_rows_cell(&r, i, 4);
        u->on = TD_ON_POSTGRES;
        u->base = TD_TYPE(TD_T_UNKNOWN);
        td_catalog_add_type(in->c, u);
        td_map_put(in->a, &in->types, td_rows_cell(&r, i, 0), u);
    }
    return rc;
}

static int read_labels(struct td_introspecting *in, struct td_err *err)
{
    struct td_rows r;
    int rc = td_introspect_read(in,
                                "SELECT l.enumtypid::text, l.enumlabel::text FROM pg_catalog.pg_enum l"
                                " WHERE $1::name[] IS NOT NULL ORDER BY l.enumtypid, l.enumsortorder",
                                &r, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&r); i++) {
        struct td_user_type *u = td_map_get(&in->types, td_rows_cell(&r, i, 0));
        if (u != NULL)
            td_strings_add(in->a, &u->labels, td_rows_cell(&r, i, 1));
    }
    return rc;
}

static const char domains[] =
    "SELECT d.oid::text, d.typtypmod, d.typnotnull, pg_get_expr(d.typdefaultbin, 0), " TD_TYPE_COLUMNS
    " FROM pg_catalog.pg_type d JOIN pg_catalog.pg_namespace n ON n.oid = d.typnamespace"
    " JOIN pg_catalog.pg_type t ON t.oid = d.typbasetype" TD_TYPE_JOINS
    " WHERE d.typtype = 'd' AND n.nspname = ANY ($1::name[]) ORDER BY d.oid";

static int read_domains(struct td_introspecting *in, struct td_err *err)
{
    struct td_rows r;
    int rc = td_introspect_read(in, domains, &r, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&r); i++) {
        struct td_user_type *u = td_map_get(&in->types, td_rows_cell(&r, i, 0));
        if (u == NULL)
            continue;
        u->base = td_introspect_type(in, &r, i, 4, td_rows_int(&r, i, 1));
        u->not_null = td_rows_bool(&r, i, 2);
        rc = td_introspect_expr(in, td_rows_cell(&r, i, 3), u->name, &u->default_, err);
    }
    return rc;
}

static int read_checks(struct td_introspecting *in, struct td_err *err)
{
    struct td_rows r;
    int rc = td_introspect_read(in,
                                "SELECT k.contypid::text, k.conname::text, pg_get_expr(k.conbin, 0)"
                                " FROM pg_catalog.pg_constraint k WHERE k.contypid <> 0 AND k.contype = 'c'"
                                " AND $1::name[] IS NOT NULL ORDER BY k.oid",
                                &r, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&r); i++) {
        struct td_user_type *u = td_map_get(&in->types, td_rows_cell(&r, i, 0));
        if (u == NULL)
            continue;
        struct td_domain_check *check = td_vec_add(in->a, &u->checks);
        check->name = td_rows_cell(&r, i, 1);
        rc = td_introspect_expr(in, td_rows_cell(&r, i, 2), check->name, &check->expr, err);
    }
    return rc;
}

int td_introspect_types(struct td_introspecting *in, struct td_err *err)
{
    int rc = read_types(in, err);
    if (rc == TD_OK)
        rc = read_labels(in, err);
    if (rc == TD_OK)
        rc = read_domains(in, err);
    return rc == TD_OK ? read_checks(in, err) : rc;
}
