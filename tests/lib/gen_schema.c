/* Tables, their types and columns. Keys, checks and indexes are in gen_extras.c. */
#include <stdio.h>
#include <string.h>

#include "tests/lib/gen.h"

struct spelling {
    const char *sql;
    enum gen_class class;
};

/* %d: a length or precision. Numerics that SQLite keeps as text are GEN_OTHER: no CHECK there can compare them. */
static const struct spelling spellings[] = {
    {"smallint", GEN_INT},
    {"integer", GEN_INT},
    {"int4", GEN_INT},
    {"bigint", GEN_INT},
    {"bigint", GEN_INT},
    {"boolean", GEN_BOOL},
    {"bool", GEN_BOOL},
    {"real", GEN_NUMBER},
    {"double precision", GEN_NUMBER},
    {"numeric", GEN_OTHER},
    {"numeric(%d,0)", GEN_NUMBER},
    {"decimal(10,2)", GEN_NUMBER},
    {"numeric(15,%d)", GEN_NUMBER},
    {"numeric(%d,2)", GEN_NUMBER},
    {"numeric(30,10)", GEN_OTHER},
    {"numeric(3,5)", GEN_NUMBER},
    {"numeric(4,-2)", GEN_NUMBER},
    {"text", GEN_TEXT},
    {"text", GEN_TEXT},
    {"varchar", GEN_TEXT},
    {"varchar(%d)", GEN_TEXT},
    {"character varying(%d)", GEN_TEXT},
    {"char(%d)", GEN_TEXT},
    {"char", GEN_TEXT},
    {"name", GEN_OTHER},
    {"uuid", GEN_UUID},
    {"uuid", GEN_UUID},
    {"timestamptz", GEN_STAMP},
    {"timestamp with time zone", GEN_STAMP},
    {"timestamptz(3)", GEN_STAMP},
    {"timestamp", GEN_STAMP},
    {"timestamp(3)", GEN_STAMP},
    {"timestamp(0)", GEN_STAMP},
    {"date", GEN_DATE},
    {"time", GEN_OTHER},
    {"time(0)", GEN_OTHER},
    {"timetz", GEN_OTHER},
    {"interval", GEN_OTHER},
    {"json", GEN_JSON},
    {"jsonb", GEN_JSON},
    {"jsonb", GEN_JSON},
    {"bytea", GEN_BYTES},
    {"inet", GEN_OTHER},
    {"cidr", GEN_OTHER},
    {"macaddr", GEN_OTHER},
    {"int4range", GEN_OTHER},
    {"bit(3)", GEN_OTHER},
    {"oid", GEN_OTHER},
};

static const struct spelling elements[] = {
    {"text", GEN_ARRAY},        {"integer", GEN_ARRAY}, {"bigint", GEN_ARRAY},           {"boolean", GEN_ARRAY},
    {"uuid", GEN_ARRAY},        {"jsonb", GEN_ARRAY},   {"double precision", GEN_ARRAY}, {"varchar(3)", GEN_ARRAY},
    {"timestamptz", GEN_ARRAY}, {"date", GEN_ARRAY},    {"numeric(10,2)", GEN_ARRAY},    {"numeric", GEN_ARRAY},
    {"bytea", GEN_ARRAY},       {"json", GEN_ARRAY},    {"smallint", GEN_ARRAY},         {"real", GEN_ARRAY},
};

/* ---- types ---- */

static void add_enum(struct gen *g, struct gen_schema *s, struct gen_user_type *u)
{
    static const char *const labels[] = {"low",      "mid", "high", "",      "Very Happy", "it's",
                                         "\xC3\xBC", "LOW", "a,b",  "\"q\"", "{}",         "NULL"};
    unsigned n = 1 + gen_below(g, 5), first = gen_below(g, 12);
    u->class = GEN_ENUM;
    td_buf_printf(&s->sql, "CREATE TYPE %s AS ENUM (", gen_ident(g, u->name));
    for (unsigned i = 0; i < n; i++) {
        const char *label = labels[(first + i * 5) % 12];
        td_strings_add(g->arena, &u->labels, label);
        td_buf_add(&s->sql, i > 0 ? ", " : "");
        td_buf_lit(&s->sql, label);
    }
    td_buf_add(&s->sql, ");\n");
}

struct domain_shape {
    const char *base, *rest;
    enum gen_class class;
};

static const struct domain_shape domain_shapes[] = {
    {"integer", "CHECK (VALUE BETWEEN 0 AND 100)", GEN_INT},
    {"bigint", "CHECK (VALUE <> 13) CHECK (VALUE > -1000)", GEN_INT},
    {"smallint", "NOT NULL DEFAULT 7", GEN_INT},
    {"text", "CHECK (VALUE <> '')", GEN_TEXT},
    {"text", "CHECK (length(VALUE) >= 1 AND VALUE NOT LIKE '% %')", GEN_TEXT},
    {"varchar(8)", "DEFAULT 'none' CHECK (VALUE <> 'bad')", GEN_TEXT},
    {"numeric(10,2)", "DEFAULT 0 CONSTRAINT positive CHECK (VALUE >= 0)", GEN_NUMBER},
    {"timestamptz", "CHECK (VALUE > '1990-01-01')", GEN_STAMP},
    {"uuid", "", GEN_UUID},
    {"jsonb", "CHECK (jsonb_typeof(VALUE) = 'object')", GEN_JSON},
};

static void add_domain(struct gen *g, struct gen_schema *s, struct gen_user_type *u)
{
    const struct domain_shape *d = &GEN_PICK(g, domain_shapes);
    u->class = d->class;
    td_buf_printf(&s->sql, "CREATE DOMAIN %s AS %s %s;\n", gen_ident(g, u->name), d->base, d->rest);
}

void gen_user_type(struct gen *g, struct gen_schema *s)
{
    struct gen_user_type *u = td_arena_new(g->arena, struct gen_user_type);
    bool is_enum = gen_chance(g, 55);
    u->name = gen_name(g, is_enum ? "mood" : "kind_of", &s->names);
    if (strcmp(u->name, "oid") == 0) /* a type of PostgreSQL's own would be meant */
        u->name = gen_name(g, "oid", &s->names);
    if (is_enum)
        add_enum(g, s, u);
    else
        add_domain(g, s, u);
    *td_vec_add(g->arena, &s->types) = u;
}

/* ---- columns ---- */

static const char *spell(struct gen *g, const struct spelling *sp)
{
    if (strchr(sp->sql, '%') == NULL)
        return sp->sql;
    int most = sp->sql[0] == 'n' ? 15 : 6;
    char text[64];
    snprintf(text, sizeof text, "%s", sp->sql);
    *strchr(text, '%') = '\0';
    return td_arena_printf(g->arena, "%s%d%s", text, gen_between(g, sp->sql[0] == 'n' ? 3 : 1, most),
                           strstr(sp->sql, "%d") + 2);
}

const char *gen_type(struct gen *g, size_t i)
{
    size_t n = sizeof spellings / sizeof spellings[0], arrays = sizeof elements / sizeof elements[0];
    if (i >= n + arrays)
        return NULL;
    return i < n ? spell(g, &spellings[i]) : td_arena_printf(g->arena, "%s[]", elements[i - n].sql);
}

static void choose_type(struct gen *g, struct gen_schema *s, struct gen_column *c)
{
    unsigned what = gen_below(g, 100);
    if (what < 18 && s->types.len > 0) {
        c->user = s->types.at[gen_below(g, (unsigned)s->types.len)];
        c->type = gen_ident(g, c->user->name);
        c->class = c->user->class;
        if (c->user->class == GEN_ENUM && gen_chance(g, 12)) {
            c->type = td_arena_printf(g->arena, "%s[]", c->type);
            c->class = GEN_ARRAY;
        }
        return;
    }
    const struct spelling *sp = what < 30 ? &GEN_PICK(g, elements) : &GEN_PICK(g, spellings);
    c->class = sp->class;
    c->type = sp->class == GEN_ARRAY ? td_arena_printf(g->arena, "%s[]", sp->sql) : spell(g, sp);
}

struct gen_column gen_column(struct gen *g, struct gen_schema *s, const struct gen_table *t)
{
    struct gen_column c = {0};
    struct td_strings taken = {0};
    for (size_t i = 0; i < t->columns.len; i++)
        td_strings_add(g->arena, &taken, t->columns.at[i].name);
    c.name = gen_name(g, NULL, &taken);
    choose_type(g, s, &c);
    return c;
}

const char *gen_default(struct gen *g, const struct gen_column *c)
{
    static const char *const ints[] = {"0", "7", "'3'", "2 + 3", "-1", "abs(-4)"};
    static const char *const texts[] = {"'a'", "'x'", "''", "lower('Q')", "'a' || 'b'"};
    static const char *const stamps[] = {"'2026-11-22 10:19:00'", "'infinity'", "'2000-01-01'",
                                         "timestamp '2001-02-03 04:05:06'"};
    static const char *const jsons[] = {"'{}'", "'[]'", "'{\"b\": 1, \"a\": 1.10}'"};
    static const char *const bytes[] = {"''", "'\\x00ff'"};
    struct td_buf b;
    switch (c->class) {
    case GEN_INT: return GEN_PICK(g, ints);
    case GEN_NUMBER: return "0";
    case GEN_BOOL: return gen_chance(g, 50) ? "true" : "false";
    case GEN_TEXT: return strchr(c->type, '(') != NULL || strcmp(c->type, "char") == 0 ? "'a'" : GEN_PICK(g, texts);
    case GEN_UUID: return "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'";
    case GEN_STAMP: return GEN_PICK(g, stamps);
    case GEN_DATE: return gen_chance(g, 50) ? "'2026-11-22'" : "'0044-03-15 BC'";
    case GEN_JSON: return GEN_PICK(g, jsons);
    case GEN_BYTES: return GEN_PICK(g, bytes);
    case GEN_ENUM:
        td_buf_init(&b, g->arena);
        td_buf_lit(&b, c->user->labels.at[gen_below(g, (unsigned)c->user->labels.len)]);
        return td_buf_str(&b);
    case GEN_ARRAY: return "'{}'";
    case GEN_OTHER: break;
    }
    return "NULL";
}

/* What fills itself from others of the table; NULL when it has nothing to be made from. */
static const char *generated(struct gen *g, const struct gen_table *t, struct gen_column *c)
{
    if (t->columns.len == 0)
        return NULL;
    const struct gen_column *from = &t->columns.at[gen_below(g, (unsigned)t->columns.len)];
    const char *name = gen_ident(g, from->name);
    if (from->filled)
        return NULL;
    if (from->class == GEN_INT && from->user == NULL) {
        static const char *const forms[] = {"%s * 2", "coalesce(%s, 0) + 1", "-%s", "%s %% 7", "%s / 3"};
        char text[200];
        const char *form = GEN_PICK(g, forms);
        snprintf(text, sizeof text, "%.*s%s%s", (int)(strstr(form, "%s") - form), form, name, strstr(form, "%s") + 2);
        c->type = "bigint";
        c->class = GEN_INT;
        char *twice = strstr(text, "%%");
        if (twice != NULL)
            memmove(twice, twice + 1, strlen(twice));
        return td_arena_strdup(g->arena, text);
    }
    if (from->class != GEN_TEXT)
        return NULL;
    c->type = gen_chance(g, 50) ? "integer" : "text";
    c->class = c->type[0] == 'i' ? GEN_INT : GEN_TEXT;
    return td_arena_printf(g->arena, c->class == GEN_INT ? "length(%s)" : "coalesce(%s, 'none') || '!'", name);
}

static void add_column(struct gen *g, struct gen_schema *s, struct gen_table *t)
{
    struct gen_column c = gen_column(g, s, t);
    const char *made = gen_chance(g, 8) ? generated(g, t, &c) : NULL;
    if (made != NULL) {
        c.filled = true;
        c.user = NULL;
        td_buf_printf(&s->sql, ",\n    %s %s GENERATED ALWAYS AS (%s) STORED", gen_ident(g, c.name), c.type, made);
        *td_vec_add(g->arena, &t->columns) = c;
        return;
    }
    td_buf_printf(&s->sql, "%s\n    %s %s", t->columns.len > 0 ? "," : "", gen_ident(g, c.name), c.type);
    if (gen_chance(g, 35)) {
        const char *def = c.class == GEN_STAMP && gen_chance(g, 40)  ? "now()"
                          : c.class == GEN_UUID && gen_chance(g, 50) ? "gen_random_uuid()"
                          : c.class == GEN_DATE && gen_chance(g, 30) ? "CURRENT_DATE"
                                                                     : gen_default(g, &c);
        /* a domain's own rules may not like it */
        if (c.user == NULL || c.class == GEN_ENUM)
            td_buf_printf(&s->sql, " DEFAULT %s", def);
    }
    c.not_null = gen_chance(g, 25);
    td_buf_add(&s->sql, c.not_null ? " NOT NULL" : "");
    *td_vec_add(g->arena, &t->columns) = c;
}

/* A column that numbers itself, mostly the primary key. */
static void add_number(struct gen *g, struct gen_schema *s, struct gen_table *t)
{
    static const char *const kinds[] = {"serial",
                                        "bigserial",
                                        "smallserial",
                                        "integer GENERATED ALWAYS AS IDENTITY",
                                        "bigint GENERATED BY DEFAULT AS IDENTITY",
                                        "integer GENERATED BY DEFAULT AS IDENTITY (START WITH 10 INCREMENT BY 5)"};
    struct gen_column c = {.class = GEN_INT, .not_null = true, .filled = true};
    struct td_strings taken = {0};
    const char *kind = GEN_PICK(g, kinds);
    bool key = gen_chance(g, 80);
    c.name = gen_name(g, "id", &taken);
    c.type = strstr(kind, "small") != NULL ? "smallint" : kind[0] == 'b' ? "bigint" : "integer";
    td_buf_printf(&s->sql, "\n    %s %s%s", gen_ident(g, c.name), kind, key ? " PRIMARY KEY" : "");
    *td_vec_add(g->arena, &t->columns) = c;
    if (key) {
        struct gen_key *k = td_vec_add(g->arena, &t->keys);
        k->len = 1;
    }
}

/* ---- tables ---- */

struct gen_table *gen_table(struct gen *g, struct gen_schema *s)
{
    struct gen_table *t = td_arena_new(g->arena, struct gen_table);
    t->name = gen_name(g, "t", &s->names);
    td_buf_printf(&s->sql, "CREATE TABLE %s (", gen_ident(g, t->name));
    if (gen_chance(g, 35))
        add_number(g, s, t);
    for (unsigned n = 2 + gen_below(g, 6); n > 0; n--)
        add_column(g, s, t);
    gen_constraints(g, s, t);
    td_buf_add(&s->sql, "\n);\n");
    *td_vec_add(g->arena, &s->tables) = t;
    gen_indexes(g, s, t);
    return t;
}

void gen_schema(struct gen *g, struct gen_schema *s, unsigned tables)
{
    if (s->sql.arena == NULL)
        td_buf_init(&s->sql, g->arena);
    for (unsigned n = gen_below(g, 4); n > 0; n--)
        gen_user_type(g, s);
    for (unsigned i = 0; i < tables; i++)
        gen_table(g, s);
}
