/* Random schemas, values and rows from a seed, in PostgreSQL's language.
 *
 *     struct gen g;
 *     struct gen_schema s = {0};
 *     gen_init(&g, &arena, seed);
 *     gen_schema(&g, &s, 3);                   s.sql: CREATE TYPE, DOMAIN, TABLE, INDEX, ready for a migration
 *     gen_statement(&g, &pool, catalog, &sql); an INSERT, UPDATE or DELETE for the tables of a replayed catalog
 *
 * The same seed gives the same text on every machine. Schemas are such that PostgreSQL accepts them; values and rows
 * are such that it accepts most and refuses some. Rows are made from a catalog (core/catalog), so they fit any schema,
 * also one that was altered since or that nobody generated. All memory is the arena's.
 *
 * For random ALTERs: gen_table() adds one more CREATE TABLE; gen_column() gives a column's name and type, to be added;
 * `s->tables` tells what there is. Link the library tandem_gen. */
#ifndef TD_TEST_GEN_H
#define TD_TEST_GEN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/vec.h"
#include "core/catalog/catalog.h"

struct gen {
    uint64_t state;
    struct td_arena *arena;
};

void gen_init(struct gen *g, struct td_arena *a, uint64_t seed);
uint64_t gen_next(struct gen *g);
unsigned gen_below(struct gen *g, unsigned n); /* 0 to n - 1; n > 0 */
int gen_between(struct gen *g, int least, int most);
bool gen_chance(struct gen *g, unsigned percent);
#define GEN_PICK(g, array) ((array)[gen_below((g), (unsigned)(sizeof(array) / sizeof((array)[0])))])

/* A name, unquoted, that no other call with this `taken` has given, also when letter case is ignored; now and then a
 * hostile one: key words, blanks, quotes, other scripts, 63 bytes. */
const char *gen_name(struct gen *g, const char *hint, struct td_strings *taken);
const char *gen_ident(struct gen *g, const char *name); /* quoted */

/* ---- values ---- */

struct gen_value {
    const char *text; /* as PostgreSQL's input function for the type would be given it; NULL: SQL NULL */
    size_t len;
    bool bare; /* stands in a statement without quotes: 12, true, ARRAY[1] */
};

/* A value for a type of a catalog: edges, ordinary ones, other ways of writing, some that PostgreSQL refuses. */
struct gen_value gen_value(struct gen *g, struct td_type type);
/* One that PostgreSQL takes for sure (a domain's CHECKs aside), and that is printed as it is written. */
struct gen_value gen_plain_value(struct gen *g, struct td_type type);
void gen_value_sql(struct td_buf *out, const struct gen_value *v); /* a literal */

/* ---- schemas ---- */

enum gen_class {
    GEN_INT,
    GEN_NUMBER, /* floats and numeric */
    GEN_BOOL,
    GEN_TEXT,
    GEN_UUID,
    GEN_STAMP, /* timestamp, timestamptz */
    GEN_DATE,
    GEN_JSON,
    GEN_BYTES,
    GEN_ENUM,
    GEN_ARRAY,
    GEN_OTHER
};

struct gen_user_type {
    const char *name;
    enum gen_class class; /* GEN_ENUM, or that of the domain's base */
    struct td_strings labels;
};

struct gen_column {
    const char *name, *type; /* the type as SQL */
    enum gen_class class;
    const struct gen_user_type *user; /* or NULL */
    bool not_null, filled;            /* filled: serial, identity or generated; rows need not give it */
};

struct gen_key { /* a primary key or UNIQUE: what a foreign key may refer to */
    size_t at[4];
    size_t len;
};

struct gen_table {
    const char *name;
    TD_VEC(struct gen_column) columns;
    TD_VEC(struct gen_key) keys;
};

struct gen_schema {
    TD_VEC(struct gen_user_type *) types;
    TD_VEC(struct gen_table *) tables;
    struct td_strings names; /* of relations, types and indexes: taken */
    struct td_buf sql;       /* all statements so far; lives in the arena */
};

/* Some types, and `tables` tables that refer to each other. `s` zeroed at first. */
void gen_schema(struct gen *g, struct gen_schema *s, unsigned tables);
void gen_user_type(struct gen *g, struct gen_schema *s);
struct gen_table *gen_table(struct gen *g, struct gen_schema *s);
/* A column for `t`, which is not added to it. */
struct gen_column gen_column(struct gen *g, struct gen_schema *s, const struct gen_table *t);
/* What stands behind the columns: keys, checks, foreign keys, each with a comma in front; then the indexes. */
void gen_constraints(struct gen *g, struct gen_schema *s, struct gen_table *t);
void gen_indexes(struct gen *g, struct gen_schema *s, const struct gen_table *t);
/* The `i`th built-in type that columns get, as SQL; NULL past the last. */
const char *gen_type(struct gen *g, size_t i);
/* A constant default (SQL) that the column's type takes. */
const char *gen_default(struct gen *g, const struct gen_column *c);

/* ---- rows ---- */

/* Values that were offered before, by column: what makes keys meet. A zeroed struct is empty. */
struct gen_pool {
    struct td_map columns;
};

/* One INSERT, UPDATE or DELETE without a semicolon. */
void gen_statement(struct gen *g, struct gen_pool *pool, const struct td_catalog *c, struct td_buf *out);
void gen_insert(struct gen *g, struct gen_pool *pool, const struct td_table *t, struct td_buf *out);

#endif
