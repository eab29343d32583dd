/* Keys, checks, foreign keys and indexes. */
#include <string.h>

#include "tests/lib/gen.h"

static const struct gen_column *any_column(struct gen *g, const struct gen_table *t)
{
    return &t->columns.at[gen_below(g, (unsigned)t->columns.len)];
}

static const struct gen_column *column_of(struct gen *g, const struct gen_table *t, enum gen_class class)
{
    unsigned first = gen_below(g, (unsigned)t->columns.len);
    for (size_t i = 0; i < t->columns.len; i++) {
        const struct gen_column *c = &t->columns.at[(first + i) % t->columns.len];
        if (c->class == class)
            return c;
    }
    return NULL;
}

/* What is compared by the same rules on both engines, so that keys over it mean the same. */
static bool can_be_key(const struct gen_column *c)
{
    switch (c->class) {
    case GEN_INT:
    case GEN_BOOL:
    case GEN_TEXT:
    case GEN_UUID:
    case GEN_STAMP:
    case GEN_DATE:
    case GEN_BYTES:
    case GEN_ENUM: return true;
    default: return false;
    }
}

/* Up to `most` different columns; sorted by position. */
static struct gen_key choose_key(struct gen *g, const struct gen_table *t, unsigned most)
{
    struct gen_key k = {0};
    unsigned want = 1 + gen_below(g, most), first = gen_below(g, (unsigned)t->columns.len);
    for (size_t i = 0; i < t->columns.len && k.len < want; i++) {
        size_t at = (first + i) % t->columns.len;
        if (can_be_key(&t->columns.at[at]))
            k.at[k.len++] = at;
    }
    return k;
}

static void add_list(struct gen *g, struct td_buf *b, const struct gen_table *t, const struct gen_key *k)
{
    td_buf_char(b, '(');
    for (size_t i = 0; i < k->len; i++)
        td_buf_printf(b, "%s%s", i > 0 ? ", " : "", gen_ident(g, t->columns.at[k->at[i]].name));
    td_buf_char(b, ')');
}

static void add_keys(struct gen *g, struct gen_schema *s, struct gen_table *t)
{
    struct gen_key k = choose_key(g, t, 3);
    if (t->keys.len == 0 && k.len > 0 && gen_chance(g, 75)) {
        td_buf_add(&s->sql, ",\n    PRIMARY KEY ");
        add_list(g, &s->sql, t, &k);
        for (size_t i = 0; i < k.len; i++)
            t->columns.at[k.at[i]].not_null = true;
        *td_vec_add(g->arena, &t->keys) = k;
    }
    k = choose_key(g, t, 2);
    if (k.len > 0 && gen_chance(g, 40)) {
        td_buf_printf(&s->sql, ",\n    UNIQUE %s", gen_chance(g, 20) ? "NULLS NOT DISTINCT " : "");
        add_list(g, &s->sql, t, &k);
        *td_vec_add(g->arena, &t->keys) = k;
    }
}

/* ---- checks ---- */

static void check_of_one(struct gen *g, struct td_buf *b, const struct gen_column *c)
{
    const char *n = gen_ident(g, c->name);
    unsigned form = gen_below(g, 4);
    switch (c->class) {
    case GEN_INT:
    case GEN_NUMBER:
        td_buf_printf(b,
                      form == 0   ? "%s >= -5"
                      : form == 1 ? "%s BETWEEN -100 AND 1000000"
                      : form == 2 ? "%s <> 13"
                                  : "%s IN (0, 1, 2, 3, 5, 7)",
                      n);
        break;
    case GEN_TEXT:
        td_buf_printf(b,
                      form == 0   ? "length(%s) < 10"
                      : form == 1 ? "%s <> ''"
                      : form == 2 ? "%s NOT LIKE 'x%%'"
                                  : "%s IN ('a', 'b', 'ab', 'A') OR length(%s) > 2",
                      n, n);
        break;
    case GEN_STAMP: td_buf_printf(b, "%s > '1970-01-01'", n); break;
    case GEN_DATE: td_buf_printf(b, "%s < '2100-01-01'", n); break;
    default: td_buf_printf(b, "%s IS NOT NULL", n); break;
    }
}

static void check_of_two(struct gen *g, struct td_buf *b, const struct gen_table *t, const struct gen_column *c)
{
    const struct gen_column *d = column_of(g, t, c->class);
    const char *n = gen_ident(g, c->name), *m = gen_ident(g, d->name);
    bool same = strcmp(c->type, d->type) == 0;
    if (same && (c->class == GEN_INT || c->class == GEN_STAMP || c->class == GEN_DATE))
        td_buf_printf(b, gen_chance(g, 50) ? "%s <= %s" : "%s IS DISTINCT FROM %s OR %s IS NULL", n, m, n);
    else if (c->class == GEN_INT)
        td_buf_printf(b, "coalesce(%s, 0) + coalesce(%s, 0) < 1000", n, m);
    else if (c->class == GEN_BOOL)
        td_buf_printf(b, "NOT %s OR %s", n, m);
    else
        td_buf_printf(b, "(%s IS NULL) = (%s IS NULL)", n, gen_ident(g, any_column(g, t)->name));
}

static void add_checks(struct gen *g, struct gen_schema *s, const struct gen_table *t)
{
    for (unsigned n = gen_below(g, 3); n > 0; n--) {
        const struct gen_column *c = any_column(g, t);
        td_buf_add(&s->sql, ",\n    ");
        if (gen_chance(g, 30))
            td_buf_printf(&s->sql, "CONSTRAINT %s ", gen_ident(g, gen_name(g, "rule", &s->names)));
        td_buf_add(&s->sql, "CHECK (");
        if (gen_chance(g, 60))
            check_of_one(g, &s->sql, c);
        else
            check_of_two(g, &s->sql, t, c);
        td_buf_char(&s->sql, ')');
    }
}

/* ---- foreign keys ---- */

/* Columns of `t` that have the types of the key, none filled by itself. */
static bool fits(struct gen *g, const struct gen_table *t, const struct gen_table *to, const struct gen_key *k,
                 struct gen_key *out)
{
    out->len = 0;
    for (size_t i = 0; i < k->len; i++) {
        const char *type = to->columns.at[k->at[i]].type;
        unsigned first = gen_below(g, (unsigned)t->columns.len);
        size_t before = out->len;
        for (size_t j = 0; j < t->columns.len && out->len == before; j++) {
            size_t at = (first + j) % t->columns.len;
            bool used = t->columns.at[at].filled || strcmp(t->columns.at[at].type, type) != 0;
            for (size_t u = 0; u < out->len; u++)
                used = used || out->at[u] == at;
            if (!used)
                out->at[out->len++] = at;
        }
        if (out->len == before)
            return false;
    }
    return true;
}

static void add_foreign(struct gen *g, struct gen_schema *s, const struct gen_table *t, const struct gen_table *to)
{
    static const char *const actions[] = {"", " CASCADE", " SET NULL", " RESTRICT", " NO ACTION", " SET DEFAULT"};
    struct gen_key from;
    if (to->keys.len == 0)
        return;
    const struct gen_key *k = &to->keys.at[gen_below(g, (unsigned)to->keys.len)];
    if (!fits(g, t, to, k, &from))
        return;
    const char *on_delete = GEN_PICK(g, actions), *on_update = GEN_PICK(g, actions);
    if (to == t && strstr(on_delete, "SET") != NULL)
        on_delete = ""; /* SQLite sets row by row, also in rows that the same statement is about to delete */
    td_buf_add(&s->sql, ",\n    FOREIGN KEY ");
    add_list(g, &s->sql, t, &from);
    td_buf_printf(&s->sql, " REFERENCES %s ", gen_ident(g, to->name));
    add_list(g, &s->sql, to, k);
    td_buf_add(&s->sql, gen_chance(g, 15) ? " MATCH FULL" : "");
    if (on_delete[0] != '\0')
        td_buf_printf(&s->sql, " ON DELETE%s", on_delete);
    if (on_update[0] != '\0')
        td_buf_printf(&s->sql, " ON UPDATE%s", on_update);
    td_buf_add(&s->sql, gen_chance(g, 8) ? " DEFERRABLE INITIALLY DEFERRED" : "");
}

void gen_constraints(struct gen *g, struct gen_schema *s, struct gen_table *t)
{
    add_keys(g, s, t);
    add_checks(g, s, t);
    for (size_t i = 0; i < s->tables.len; i++)
        if (gen_chance(g, 80))
            add_foreign(g, s, t, s->tables.at[i]);
    if (gen_chance(g, 25))
        add_foreign(g, s, t, t);
}

/* ---- indexes ---- */

static void add_where(struct gen *g, struct td_buf *b, const struct gen_table *t)
{
    const struct gen_column *c = any_column(g, t);
    const char *n = gen_ident(g, c->name);
    if (c->filled)
        return; /* on SQLite the number comes after the row: ON CONFLICT would look too early */
    if (c->class == GEN_BOOL)
        td_buf_printf(b, " WHERE %s", n);
    else if (c->class == GEN_INT)
        td_buf_printf(b, " WHERE %s > 0", n);
    else
        td_buf_printf(b, " WHERE %s IS %s", n, gen_chance(g, 50) ? "NULL" : "NOT NULL");
}

void gen_indexes(struct gen *g, struct gen_schema *s, const struct gen_table *t)
{
    for (unsigned n = gen_below(g, 3); n > 0; n--) {
        struct gen_key k = choose_key(g, t, 2);
        const struct gen_column *text = column_of(g, t, GEN_TEXT);
        if (k.len == 0)
            return;
        td_buf_printf(&s->sql, "CREATE %sINDEX ", gen_chance(g, 40) ? "UNIQUE " : "");
        if (gen_chance(g, 70))
            td_buf_printf(&s->sql, "%s ", gen_ident(g, gen_name(g, "idx", &s->names)));
        td_buf_printf(&s->sql, "ON %s ", gen_ident(g, t->name));
        if (text != NULL && gen_chance(g, 15))
            td_buf_printf(&s->sql, "((%s || '!'))", gen_ident(g, text->name));
        else
            add_list(g, &s->sql, t, &k);
        if (gen_chance(g, 40))
            add_where(g, &s->sql, t);
        td_buf_add(&s->sql, ";\n");
    }
}
