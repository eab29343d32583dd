#include "core/migrate/verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/shell.h"

#define NAMED_MAX 6 /* in a message; `migrate status` has them all */

static int not_empty(const struct td_folder *f, struct td_err *err)
{
    td_err_set(err, TD_C_MIG_NOT_EMPTY, "the database has tables, but no history of migrations [P3005]");
    td_err_why(err, "running \"%s\" could collide with what is there", f->at[0].name);
    return td_shell_next(err,
                         "if the tables are what the migrations make:  tandem migrate resolve --baseline %s  (all up "
                         "to it); otherwise use an empty database",
                         f->at[f->len - 1].name);
}

static const char *last_applied(const struct td_status *s)
{
    for (size_t i = s->len; i-- > 0;) {
        enum td_migration_state st = s->at[i].state;
        if (st == TD_MS_APPLIED || st == TD_MS_EDITED || st == TD_MS_MISSING)
            return s->at[i].name;
    }
    return "";
}

/* A name that sorts after all that is applied: now, or a second after the newest if that lies ahead. NULL where no
 * timestamp sorts so, as after "init". */
static const char *later_name(struct td_arena *a, const char *name, const char *newest, size_t nth)
{
    char stamp[32];
    struct tm tm;
    time_t now = time(NULL) + (time_t)nth;
    gmtime_r(&now, &tm);
    strftime(stamp, sizeof stamp, "%Y%m%d%H%M%S", &tm);
    if (strncmp(stamp, newest, 14) <= 0 && strspn(newest, "0123456789") >= 14) {
        char head[15];
        memcpy(head, newest, 14);
        head[14] = '\0';
        snprintf(stamp, sizeof stamp, "%014llu", strtoull(head, NULL, 10) + 1 + nth);
    }
    size_t digits = strspn(name, "0123456789");
    const char *later = td_arena_printf(a, "%s%s%s", stamp, name[digits] == '_' ? "" : "_", name + digits);
    return strcmp(later, newest) > 0 && strlen(later) <= TD_MIGRATION_NAME_MAX ? later : NULL;
}

struct story {
    struct td_arena *arena;
    const struct td_folder *folder;
    const struct td_status *status;
    struct td_buf what, next;
    size_t named, late;
    const struct td_migration *first; /* for the place */
};

static void add_what(struct story *y, const struct td_migration_status *m)
{
    td_buf_printf(&y->what, "%s\"%s\" ", y->named == 0 ? "" : "; ", m->name);
    switch (m->state) {
    case TD_MS_EDITED: td_buf_add(&y->what, "was edited after it was applied"); break;
    case TD_MS_MISSING: td_buf_add(&y->what, "is applied, but its directory is missing"); break;
    case TD_MS_LATE:
        td_buf_printf(&y->what, "is late: \"%s\", which sorts after it, is applied already", last_applied(y->status));
        break;
    default: td_buf_add(&y->what, "failed and is not resolved [P3009]"); break;
    }
}

static const char *directory(const struct story *y, const char *name)
{
    return td_arena_printf(y->arena, "%s/%s", y->folder->path, name);
}

/* Of a late migration: behind what is applied. */
static void add_move(struct story *y, const struct td_migration_status *m)
{
    struct td_buf *b = &y->next;
    const char *last = last_applied(y->status), *later = later_name(y->arena, m->name, last, y->late++);
    if (later != NULL) {
        td_buf_add(b, "mv ");
        td_shell_word(b, directory(y, m->name));
        td_buf_char(b, ' ');
        td_shell_word(b, directory(y, later));
        return;
    }
    td_buf_add(b, "rename ");
    td_shell_word(b, directory(y, m->name));
    td_buf_add(b, " so that it sorts behind ");
    td_shell_word(b, last);
    td_buf_add(b, ", or, if its changes are there already:  tandem migrate resolve --applied ");
    td_shell_word(b, m->name);
}

static void add_next(struct story *y, const struct td_migration_status *m)
{
    struct td_buf *b = &y->next;
    td_buf_add(b, y->named == 0 ? "" : "; ");
    switch (m->state) {
    case TD_MS_EDITED:
        td_buf_add(b, "git restore ");
        td_shell_word(b, m->file->path);
        td_buf_add(b, ", or accept the file:  tandem migrate resolve --applied ");
        td_shell_word(b, m->name);
        break;
    case TD_MS_MISSING:
        td_buf_add(b, "git restore ");
        td_shell_word(b, directory(y, m->name));
        td_buf_add(b, ", or forget it:  tandem migrate resolve --rolled-back ");
        td_shell_word(b, m->name);
        break;
    case TD_MS_LATE: add_move(y, m); break;
    default:
        td_buf_add(b, "tandem migrate resolve --rolled-back ");
        td_shell_word(b, m->name);
        td_buf_add(b, "  (or --applied, if all of it is there)");
        break;
    }
}

static bool stands_in_the_way(const struct td_migration_status *m)
{
    return m->state == TD_MS_EDITED || m->state == TD_MS_MISSING || m->state == TD_MS_LATE || m->state == TD_MS_FAILED;
}

int td_verdict(struct td_arena *a, const struct td_folder *f, const struct td_history *h, const struct td_status *s,
               struct td_err *err)
{
    if (h->table == TD_HISTORY_NONE && !h->schema_empty && f->len > 0)
        return not_empty(f, err);
    struct story y = {.arena = a, .folder = f, .status = s};
    size_t bad = s->edited + s->missing + s->late + s->failed;
    if (bad == 0)
        return TD_OK;
    td_buf_init(&y.what, a);
    td_buf_init(&y.next, a);
    for (size_t i = 0; i < s->len && y.named < NAMED_MAX; i++) {
        if (!stands_in_the_way(&s->at[i]))
            continue;
        add_what(&y, &s->at[i]);
        add_next(&y, &s->at[i]);
        if (y.first == NULL)
            y.first = s->at[i].file;
        y.named++;
    }
    td_err_set(err, s->failed > 0 ? TD_C_MIG_FAILED : TD_C_MIG_HISTORY, "%s", td_buf_str(&y.what));
    if (bad > y.named)
        td_buf_printf(&y.next, "; %zu more:  tandem migrate status", bad - y.named);
    if (y.first != NULL)
        td_err_at(err, y.first->path, 1, 1);
    td_err_why(err, "folder and database tell different stories, so nothing was applied");
    return td_err_next(err, "%s", td_buf_str(&y.next));
}
