#include "core/migrate/skip.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/file.h"
#include "core/base/mem.h"
#include "core/base/shell.h"
#include "core/sql/source.h"
#include "core/sql/split.h"

static void free_path(void *path)
{
    td_mem_free(path);
}

/* In the arena, or NULL for want of memory. */
static const char *absolute(struct td_arena *a, const char *path)
{
    char *full = td_path_absolute(path);
    if (full != NULL)
        td_arena_defer(a, free_path, full);
    return full;
}

/* "x/migration.sql" is enough for "migrations/x/migration.sql". */
static bool is_tail(const char *path, const char *tail)
{
    size_t n = strlen(path), m = strlen(tail);
    return m <= n && strcmp(path + n - m, tail) == 0 && (m == n || path[n - m - 1] == '/');
}

static const struct td_migration *find(struct td_arena *a, const struct td_folder *f, const char *path)
{
    const char *full = absolute(a, path);
    while (strncmp(path, "./", 2) == 0)
        path += 2;
    for (size_t i = 0; i < f->len; i++)
        if (is_tail(f->at[i].path, path))
            return &f->at[i];
    for (size_t i = 0; full != NULL && i < f->len; i++) {
        if (strstr(full, f->at[i].name) == NULL)
            continue;
        const char *own = absolute(a, f->at[i].path);
        if (own != NULL && strcmp(own, full) == 0)
            return &f->at[i];
    }
    return NULL;
}

/* The folder may have been looked at only (td_folder_look). */
static int text_of(struct td_arena *a, const struct td_migration *m, const char **text_out, size_t *len_out,
                   struct td_err *err)
{
    char *text = NULL;
    *text_out = m->text;
    *len_out = m->len;
    if (m->text != NULL)
        return TD_OK;
    int rc = td_file_read_regular(m->path, TD_FILE_MAX, &text, len_out, err);
    if (rc != TD_OK)
        return rc;
    if (text != NULL)
        td_arena_defer(a, free_path, text);
    else
        *len_out = 0;
    *text_out = text != NULL ? text : "";
    return TD_OK;
}

/* The line where the nearest statement begins; `line` itself where one is. 0: the file has none. */
static unsigned nearest(struct td_arena *a, const char *path, const char *text, size_t len, unsigned line)
{
    struct td_source source;
    struct td_pieces pieces = {0};
    unsigned best = 0, distance = 0, column;
    td_source_init(a, &source, path, text, len);
    td_sql_split(a, text, len, &pieces);
    for (size_t i = 0; i < pieces.len; i++) {
        unsigned first, last;
        td_source_place(&source, pieces.at[i].start, &first, &column);
        td_source_place(&source, pieces.at[i].start + pieces.at[i].len, &last, &column);
        unsigned away = line < first ? first - line : line > last ? line - last : 0;
        if (away == 0)
            return line;
        if (best == 0 || away < distance) {
            best = first;
            distance = away;
        }
    }
    return best;
}

int td_skip_settle(struct td_arena *a, const struct td_folder *f, const char **word, bool *found, struct td_err *err)
{
    const char *colon = strrchr(*word, ':'), *text;
    size_t len;
    *found = true;
    if (colon == NULL)
        return TD_OK;
    const struct td_migration *m = find(a, f, td_arena_dup(a, *word, (size_t)(colon - *word)));
    *found = m != NULL;
    if (m == NULL)
        return TD_OK;
    int rc = text_of(a, m, &text, &len, err);
    if (rc != TD_OK)
        return rc;
    unsigned long given = strtoul(colon + 1, NULL, 10);
    unsigned line = given > 1000000000 ? 1000000000 : (unsigned)given;
    unsigned near = nearest(a, m->path, text, len, line);
    *word = td_arena_printf(a, "%s:%u", m->path, line);
    if (near == line)
        return TD_OK;
    td_err_set(err, TD_C_CLI_VALUE, "no statement is at \"%s\"", *word);
    if (near == 0)
        return td_err_next(err, "That file has no statement: leave this out.");
    return td_shell_next(err, "The nearest statement is at  %s", td_arena_printf(a, "%s:%u", m->path, near));
}
