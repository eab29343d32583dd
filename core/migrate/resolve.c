/* `migrate resolve`: corrections of the history by hand, with Prisma's rules and codes. */
#include <string.h>

#include "core/migrate/apply.h"

struct resolving {
    struct td_arena *arena;
    struct td_db *db;
    const struct td_folder *folder;
    const struct td_deploy_opts *opts;
    enum td_resolve what;
    const char *name;
    size_t *changed;
    struct td_history history;
    struct td_status status;
    struct td_layout layout;
    struct td_store store;
};

static const struct td_migration_status *find(const struct resolving *r, const char *name)
{
    for (size_t i = 0; i < r->status.len; i++)
        if (strcmp(r->status.at[i].name, name) == 0)
            return &r->status.at[i];
    return NULL;
}

/* A failed or half done one gets a new row; the old one stays, rolled back. */
static int mark_applied(struct resolving *r, const struct td_migration_status *m, struct td_err *err)
{
    int rc = TD_OK;
    if (m->row != NULL && m->row->finished_at == NULL)
        rc = td_store_roll_back(&r->store, m->row->id, err);
    if (rc == TD_OK)
        rc = td_store_applied(&r->store, m->file, err);
    if (rc == TD_OK)
        ++*r->changed;
    return rc;
}

static int applied(struct resolving *r, struct td_err *err)
{
    const struct td_migration_status *m = find(r, r->name);
    if (m == NULL || m->file == NULL)
        return td_folder_no_such(r->folder, r->name, err);
    if (m->state == TD_MS_EDITED) { /* the file as it is now is what was applied */
        ++*r->changed;
        return td_store_accept(&r->store, m->row->id, m->file, err);
    }
    if (m->state == TD_MS_APPLIED) {
        td_err_set(err, TD_C_MIG_ALREADY_APPLIED, "\"%s\" is recorded as applied already [P3008]", r->name);
        return td_err_next(err, "tandem migrate status");
    }
    return mark_applied(r, m, err);
}

static int never_applied(const struct resolving *r, struct td_err *err)
{
    td_err_set(err, TD_C_MIG_NEVER_APPLIED, "\"%s\" was never applied, so it cannot be rolled back [P3011]", r->name);
    return td_err_next(err, "tandem migrate status");
}

static int rolled_back(struct resolving *r, struct td_err *err)
{
    const struct td_migration_status *m = find(r, r->name);
    bool ever = false;
    for (size_t i = 0; i < r->history.len; i++)
        ever = ever || strcmp(r->history.at[i].name, r->name) == 0;
    if (!ever)
        return never_applied(r, err);
    if (m == NULL || m->row == NULL)
        return TD_OK; /* rolled back before */
    if (m->row->finished_at != NULL && m->file != NULL) {
        td_err_set(err, TD_C_MIG_NOT_FAILED, "\"%s\" succeeded and cannot be marked as rolled back [P3012]", r->name);
        return td_err_next(err, "write a new migration that takes the change back");
    }
    for (size_t i = 0; i < r->history.len; i++) { /* Prisma may have several rows of one name */
        const struct td_history_row *row = &r->history.at[i];
        if (strcmp(row->name, r->name) != 0 || row->rolled_back_at != NULL)
            continue;
        int rc = td_store_roll_back(&r->store, row->id, err);
        if (rc != TD_OK)
            return rc;
        *r->changed = 1;
    }
    return TD_OK;
}

static int baseline(struct resolving *r, struct td_err *err)
{
    int rc = TD_OK;
    if (td_folder_find(r->folder, r->name) == NULL)
        return td_folder_no_such(r->folder, r->name, err);
    for (size_t i = 0; rc == TD_OK && i < r->status.len; i++) {
        const struct td_migration_status *m = &r->status.at[i];
        bool there = m->state == TD_MS_APPLIED || m->state == TD_MS_EDITED;
        if (m->file != NULL && !there && strcmp(m->name, r->name) <= 0)
            rc = mark_applied(r, m, err);
    }
    return rc;
}

static int read_all(void *data, struct td_err *err)
{
    struct resolving *r = data;
    int rc = td_history_read(r->arena, r->db, r->opts->schema, &r->history, err);
    if (rc != TD_OK)
        return rc;
    td_history_compare(r->arena, r->folder, &r->history, &r->status);
    td_layout_init(r->arena, td_db_engine(r->db), r->history.table, r->opts->schema, &r->layout);
    return TD_OK;
}

static int change(struct resolving *r, struct td_lease *lease, struct td_err *err)
{
    td_store_init(&r->store, r->db, &r->layout, td_lease_owner(lease));
    int rc = td_db_begin(r->db, TD_TX_WRITE, err);
    if (rc == TD_OK)
        rc = td_store_fence(&r->store, err);
    if (rc == TD_OK)
        rc = r->what == TD_RESOLVE_APPLIED       ? applied(r, err)
             : r->what == TD_RESOLVE_ROLLED_BACK ? rolled_back(r, err)
                                                 : baseline(r, err);
    if (rc == TD_OK)
        rc = td_db_commit(r->db, err);
    else
        td_db_rollback(r->db);
    td_store_deinit(&r->store);
    return rc;
}

int td_resolve(struct td_arena *a, struct td_db *db, const struct td_folder *f, enum td_resolve what, const char *name,
               const struct td_deploy_opts *opts, size_t *changed_out, struct td_err *err)
{
    struct resolving r = {
        .arena = a, .db = db, .folder = f, .opts = opts, .what = what, .name = name, .changed = changed_out};
    struct td_lease *lease = NULL;
    *changed_out = 0;
    int rc = td_arena_run(a, read_all, &r, err);
    if (rc == TD_OK && what != TD_RESOLVE_ROLLED_BACK && td_folder_find(f, name) == NULL)
        return td_folder_no_such(r.folder, r.name, err); /* before any table of ours is made */
    if (rc == TD_OK && what == TD_RESOLVE_ROLLED_BACK && r.history.table == TD_HISTORY_NONE)
        return never_applied(&r, err);
    if (rc == TD_OK)
        rc = td_store_create(db, &r.history, opts, err);
    if (rc == TD_OK)
        rc = td_lease_take(db, opts, &lease, err);
    if (rc == TD_OK)
        rc = td_arena_run(a, read_all, &r, err);
    if (rc == TD_OK)
        rc = change(&r, lease, err);
    td_lease_release(lease);
    if (rc != TD_OK)
        *changed_out = 0;
    return rc;
}
