/* Changing the catalog: new objects, their names, and taking a failed statement back.
 *
 * A statement is all or nothing. Whoever changes something says so first (td_keep, td_keep_vec); td_catalog_rollback
 * puts the old bytes back. Adding objects and naming relations is recorded by the functions here themselves. */
#ifndef TD_CATALOG_EDIT_H
#define TD_CATALOG_EDIT_H

#include "core/catalog/catalog.h"

/* What a name in a schema stands for. */
enum td_relation_entry { TD_REL_TABLE, TD_REL_SEQUENCE, TD_REL_INDEX, TD_REL_CONSTRAINT };
struct td_relation {
    enum td_relation_entry entry;
    struct td_table *table; /* itself, or that of the index or constraint; NULL for a sequence */
    struct td_sequence *sequence;
    struct td_index *index;
    struct td_constraint *constraint; /* PRIMARY KEY, UNIQUE, EXCLUDE: their index has their name */
};

/* NULL: free. `schema` must be given. */
const struct td_relation *td_catalog_relation(const struct td_catalog *c, const char *schema, const char *name);
/* As a name in a statement is found: by the search path when `schema` is NULL. */
const struct td_relation *td_catalog_find(const struct td_catalog *c, const char *schema, const char *name);

/* Has no relation, in any schema, had this name in another letter case, or a second time? Then it collides with none
 * on an engine that does not tell letter case apart. False may be a false alarm. */
bool td_catalog_name_is_single(const struct td_catalog *c, const char *name);
/* Has no relation, in any schema, ever had it, in whatever letter case? */
bool td_catalog_name_is_unknown(const struct td_catalog *c, const char *name);
/* Has no constraint of a table, in any schema, ever had it? */
bool td_catalog_constraint_is_unknown(const struct td_catalog *c, const char *name);

unsigned td_catalog_next_id(struct td_catalog *c);

/* Each adds the object to the catalog (or its table) and enters its name; remove takes both out. */
void td_catalog_add_table(struct td_catalog *c, struct td_table *t);
void td_catalog_remove_table(struct td_catalog *c, struct td_table *t);
void td_catalog_rename_table(struct td_catalog *c, struct td_table *t, const char *schema, const char *name);
void td_catalog_add_sequence(struct td_catalog *c, struct td_sequence *s);
void td_catalog_remove_sequence(struct td_catalog *c, struct td_sequence *s);
void td_catalog_rename_sequence(struct td_catalog *c, struct td_sequence *s, const char *schema, const char *name);
void td_catalog_add_type(struct td_catalog *c, struct td_user_type *t);
void td_catalog_remove_type(struct td_catalog *c, struct td_user_type *t);
void td_catalog_rename_type(struct td_catalog *c, struct td_user_type *t, const char *schema, const char *name);
void td_table_add_constraint(struct td_catalog *c, struct td_table *t, struct td_constraint *k);
void td_table_remove_constraint(struct td_catalog *c, struct td_table *t, struct td_constraint *k);
void td_table_rename_constraint(struct td_catalog *c, struct td_table *t, struct td_constraint *k, const char *name);
void td_table_add_index(struct td_catalog *c, struct td_table *t, struct td_index *ix);
void td_table_remove_index(struct td_catalog *c, struct td_table *t, struct td_index *ix);
void td_table_rename_index(struct td_catalog *c, struct td_table *t, struct td_index *ix, const char *name);
/* Does the constraint own an index, whose name it shares? */
bool td_constraint_has_index(const struct td_constraint *k);
bool td_columns_has(const struct td_columns *v, const struct td_column *c);

/* Remembers `size` bytes at `p` until the statement is over. */
void td_catalog_keep(struct td_catalog *c, void *p, size_t size);
#define td_keep(c, p) td_catalog_keep((c), (p), sizeof *(p))
/* A vector and its items: before an item is taken out or replaced. */
#define td_keep_vec(c, v)                                                                                              \
    (td_catalog_keep((c), (v), sizeof *(v)), td_catalog_keep((c), (v)->at, (v)->len * sizeof *(v)->at))
#define td_edit_add(c, v)       (td_catalog_keep((c), (v), sizeof *(v)), td_vec_add((c)->arena, (v)))
#define td_edit_remove(c, v, i) (td_keep_vec((c), (v)), td_vec_remove((v), (i)))
/* Takes `item` out of a vector of pointers; nothing happens when it is not in. */
#define td_edit_drop(c, v, item)                                                                                       \
    do {                                                                                                               \
        for (size_t drop_i = 0; drop_i < (v)->len; drop_i++)                                                           \
            if ((const void *)(v)->at[drop_i] == (const void *)(item)) {                                               \
                td_edit_remove((c), (v), drop_i);                                                                      \
                break;                                                                                                 \
            }                                                                                                          \
    } while (0)

/* One statement: begin, change, then commit or rollback. May nest (`mark` is the outer one's). */
struct td_undo;
struct td_undo *td_catalog_begin(struct td_catalog *c);
void td_catalog_commit(struct td_catalog *c, struct td_undo *mark);
void td_catalog_rollback(struct td_catalog *c, struct td_undo *mark);

#endif
