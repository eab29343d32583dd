/* An SQLite file's own facts, to be compared with those of another: what SQLite itself understands of each table
 * (columns, keys, foreign keys, indexes), the parts of each CREATE text word by word (so that CHECKs count, and the
 * quotes that a RENAME leaves behind do not), and what the file says of itself in tandem_columns, tandem_types and
 * tandem_sequences. Where a sequence stands is no such fact, nor is a row of the user's. */
#ifndef TD_MIGRATE_FACTS_H
#define TD_MIGRATE_FACTS_H

#include "core/catalog/compare.h"
#include "core/db/db.h"

struct td_fact {
    const char *subject; /* column "users.email", definition of column "users.email" */
    const char *key;     /* what it is compared by: the subject, but for names that are no fact */
    const char *name;    /* users.email */
    const char *text;
    const char *table; /* that it hangs on; NULL: none, or not known */
    enum td_object object;
    bool is_object; /* the fact that stands for the object itself: without it the object is not there */
};

struct td_facts {
    struct td_fact *at; /* by key, then text; a key may come more than once */
    size_t len, cap;
};

/* Of the main database: the user's tables and views. Inside td_arena_run or outside. */
TD_MUST_CHECK int td_facts_read(struct td_arena *a, struct td_db *db, struct td_facts *out, struct td_err *err);
/* What follows from another difference is left out: the parts of a table that is missing. Inside td_arena_run. */
void td_facts_compare(struct td_arena *a, const struct td_facts *have, const struct td_facts *want,
                      struct td_differences *out);

/* facts_text.c: SQL text as words with one blank between them, plain names without their quotes; and the parts between
 * the outermost parentheses of a CREATE TABLE, in order. Inside td_arena_run. */
const char *td_facts_words(struct td_arena *a, const char *sql, size_t len);
void td_facts_parts(struct td_arena *a, const char *create_table, struct td_strings *parts_out, const char **rest_out);
/* The same parts as they are written: what an index's columns are. */
void td_facts_slices(struct td_arena *a, const char *create, struct td_strings *parts_out);
/* The length of the first word of such a text, 0 at its end; and what a word says as a name, without its quotes. */
size_t td_facts_word(const char *words);
const char *td_facts_name(struct td_arena *a, const char *word, size_t len);

#endif
