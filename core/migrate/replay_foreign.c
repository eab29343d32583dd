/* Foreign keys: what they refer to and the key that guarantees it. */
#include <string.h>

#include "core/migrate/replay_impl.h"

static bool same_set(const struct td_columns *a, const struct td_columns *b)
{
    if (a->len != b->len)
        return false;
    for (size_t i = 0; i < a->len; i++)
        if (!td_columns_has(b, a->at[i]))
            return false;
    return true;
}

static bool index_matches(const struct td_replaying *p, const struct td_index *ix, const struct td_columns *wanted)
{
    if (!ix->unique || ix->where != NULL)
        return false;
    struct td_columns keys = {0};
    for (size_t i = 0; i < ix->keys.len; i++) {
        if (ix->keys.at[i].column == NULL)
            return false;
        *td_vec_add(p->a, &keys) = ix->keys.at[i].column;
    }
    return same_set(&keys, wanted);
}

static bool find_key(const struct td_replaying *p, const struct td_table *ref, struct td_constraint *k)
{
    for (size_t i = 0; i < ref->constraints.len; i++) {
        struct td_constraint *key = ref->constraints.at[i];
        if ((key->kind == TD_K_PRIMARY || key->kind == TD_K_UNIQUE) && !key->deferrable &&
            same_set(&key->columns, &k->ref_columns)) {
            k->ref_key = key;
            return true;
        }
    }
    for (size_t i = 0; i < ref->indexes.len; i++) {
        if (index_matches(p, ref->indexes.at[i], &k->ref_columns)) {
            k->ref_index = ref->indexes.at[i];
            return true;
        }
    }
    return false;
}

static int ref_columns(const struct td_replaying *p, const PgQuery__Constraint *con, struct td_constraint *k)
{
    if (con->n_pk_attrs == 0) {
        const struct td_constraint *primary = td_table_primary(k->ref);
        if (primary == NULL)
            return td_replay_fail(p, con->location, TD_C_SCHEMA_INVALID, "42704",
                                  "there is no primary key for referenced table \"%s\"", k->ref->name);
        for (size_t i = 0; i < primary->columns.len; i++)
            *td_vec_add(p->a, &k->ref_columns) = primary->columns.at[i];
        k->ref_key = (struct td_constraint *)primary;
        return TD_OK;
    }
    for (size_t i = 0; i < con->n_pk_attrs; i++) {
        const char *name = td_tree_string(con->pk_attrs[i]);
        struct td_column *c = td_table_column(k->ref, name);
        if (c == NULL)
            return td_replay_fail(p, td_replay_place(p, con->pktable->location, name), TD_C_SCHEMA_MISSING, "42703",
                                  "column \"%s\" referenced in foreign key constraint does not exist", name);
        *td_vec_add(p->a, &k->ref_columns) = c;
    }
    if (find_key(p, k->ref, k))
        return TD_OK;
    return td_replay_fail(p, con->location, TD_C_SCHEMA_INVALID, "42830",
                          "there is no unique constraint matching given keys for referenced table \"%s\"",
                          k->ref->name);
}

static int own_columns(const struct td_replaying *p, struct td_table *t, struct td_column *column,
                       const PgQuery__Constraint *con, struct td_constraint *k)
{
    if (column != NULL)
        *td_vec_add(p->a, &k->columns) = column;
    for (size_t i = 0; column == NULL && i < con->n_fk_attrs; i++) {
        const char *name = td_tree_string(con->fk_attrs[i]);
        struct td_column *c = td_table_column(t, name);
        if (c == NULL)
            return td_replay_fail(p, td_replay_place(p, con->location, name), TD_C_SCHEMA_MISSING, "42703",
                                  "column \"%s\" referenced in foreign key constraint does not exist", name);
        *td_vec_add(p->a, &k->columns) = c;
    }
    int rc = td_replay_find_columns(p, t, con->fk_del_set_cols, con->n_fk_del_set_cols, con->location, &k->set_columns);
    for (size_t i = 0; rc == TD_OK && i < k->set_columns.len; i++)
        if (!td_columns_has(&k->columns, k->set_columns.at[i]))
            rc = td_replay_fail(p, con->location, TD_C_SCHEMA_INVALID, "42P10",
                                "column \"%s\" referenced in ON DELETE SET action must be part of foreign key",
                                k->set_columns.at[i]->name);
    return rc;
}

/* Families whose members PostgreSQL compares with = without being told how. */
static int family(const struct td_type *written)
{
    struct td_type t = td_type_base(*written);
    if (t.dims > 0)
        return 100;
    if (td_type_is_number(&t))
        return 1;
    if (td_type_is_text(&t))
        return 2;
    if (td_type_is_time(&t))
        return 3;
    return 10 + (int)t.kind;
}

static int check_types(const struct td_replaying *p, const PgQuery__Constraint *con, const struct td_constraint *k)
{
    for (size_t i = 0; i < k->columns.len; i++) {
        const struct td_type *a = &k->columns.at[i]->type, *b = &k->ref_columns.at[i]->type;
        bool other_enum = a->kind == TD_T_ENUM && b->kind == TD_T_ENUM && a->user != b->user;
        if (family(a) == family(b) && !other_enum)
            continue;
        td_replay_fail(p, con->location, TD_C_SCHEMA_INVALID, "42804",
                       "foreign key constraint \"%s\" cannot be implemented", k->name);
        return td_err_why(p->err, "Key columns \"%s\" and \"%s\" are of incompatible types.", k->columns.at[i]->name,
                          k->ref_columns.at[i]->name);
    }
    return TD_OK;
}

static const char *choose_name(const struct td_replaying *p, const struct td_table *t, const struct td_constraint *k)
{
    const char *names[64];
    size_t n = 0;
    for (; n < k->columns.len && n < 64; n++)
        names[n] = k->columns.at[n]->name;
    return td_replay_choose_constraint(p, t->schema, t->name, td_replay_join_names(p, names, n), "fkey");
}

static enum td_fk_action action(const char *letter)
{
    return td_replay_text(letter) == NULL ? TD_FK_NO_ACTION : (enum td_fk_action)letter[0];
}

int td_replay_add_foreign(const struct td_replaying *p, struct td_table *t, struct td_column *column,
                          const PgQuery__Constraint *con, struct td_constraint *k)
{
    int rc = td_replay_find_table(p, con->pktable, false, &k->ref);
    if (rc != TD_OK)
        return rc;
    if (k->ref->kind == TD_R_VIEW || k->ref->kind == TD_R_MATVIEW || k->ref->kind == TD_R_FOREIGN)
        return td_replay_fail(p, con->pktable->location, TD_C_SCHEMA_INVALID, "42809",
                              "referenced relation \"%s\" is not a table", k->ref->name);
    rc = own_columns(p, t, column, con, k);
    if (rc == TD_OK)
        rc = ref_columns(p, con, k);
    if (rc != TD_OK)
        return rc;
    if (k->columns.len != k->ref_columns.len)
        return td_replay_fail(p, con->location, TD_C_SCHEMA_INVALID, "42830",
                              "number of referencing and referenced columns for foreign key disagree");
    if (k->name == NULL)
        k->name = choose_name(p, t, k);
    k->on_delete = action(con->fk_del_action);
    k->on_update = action(con->fk_upd_action);
    k->match = td_replay_text(con->fk_matchtype) == NULL ? 's' : con->fk_matchtype[0];
    k->deferrable = con->deferrable;
    k->deferred = con->initdeferred;
    k->not_valid = con->skip_validation;
    return check_types(p, con, k);
}
