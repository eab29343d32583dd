#include "core/migrate/folder.h"

#include <string.h>

#include "core/base/file.h"
#include "core/base/mem.h"
#include "core/base/nearest.h"
#include "core/base/sha256.h"
#include "core/base/shell.h"
#include "core/base/utf8.h"
#include "core/migrate/folder_index.h"

#define TIMESTAMP_CHARS 14 /* YYYYMMDDHHMMSS */
#define FILE_NAME       "/migration.sql"

static void free_text(void *text)
{
    td_mem_free(text);
}

static void free_dir(void *dir)
{
    td_dir_deinit(dir);
}

/* Joined in the arena, `file` ("" or "/file") behind; "." adds nothing, so that paths read as the user wrote them. */
static const char *join(struct td_arena *a, const char *dir, const char *name, const char *file)
{
    size_t n = strcmp(dir, ".") == 0 ? 0 : strlen(dir), m = strlen(name);
    size_t slash = n > 0 && dir[n - 1] != '/';
    char *path = td_arena_alloc(a, n + slash + m + strlen(file) + 1);
    memcpy(path, dir, n);
    if (slash > 0)
        path[n] = '/';
    memcpy(path + n + slash, name, m);
    memcpy(path + n + slash + m, file, strlen(file));
    return path;
}

/* What is being read: the folder and its listing. */
struct reading {
    struct td_arena *arena;
    struct td_folder *folder;
    struct td_dir *entries;
    struct td_folder_index *index; /* NULL: none */
    TD_VEC(struct td_file_id) ids; /* with an index: the migrations' files */
};

/* The text belongs to the arena, and is not copied into it. NULL: no file of that name. `id` may be NULL. */
static int read_text(struct reading *r, const char *name, const char *path, const char **text_out, size_t *len_out,
                     struct td_file_id *id, struct td_err *err)
{
    char *text = NULL;
    int rc = td_dir_read_regular(r->entries, name, path, &text, len_out, id, err);
    *text_out = NULL;
    if (rc != TD_OK || text == NULL)
        return rc;
    td_arena_defer(r->arena, free_text, text);
    *text_out = text;
    return TD_OK;
}

/* As Prisma does it: the first line that starts with `provider`, the text `provider = ` and the quotes trimmed off. Any
 * other spelling is therefore an unknown provider. */
static const char *provider_of(struct td_arena *a, const char *text)
{
    for (const char *line = text; *line != '\0';) {
        size_t n = strcspn(line, "\n");
        if (strncmp(line, "provider", 8) == 0) {
            if (n > 0 && line[n - 1] == '\r')
                n--;
            while (n >= 11 && strncmp(line, "provider = ", 11) == 0)
                line += 11, n -= 11;
            while (n > 0 && *line == '"')
                line++, n--;
            while (n > 0 && line[n - 1] == '"')
                n--;
            return td_arena_dup(a, line, n);
        }
        line += n;
        if (*line == '\n')
            line++;
    }
    return NULL;
}

static int read_lock_file(struct reading *r, struct td_err *err)
{
    static const char name[] = "migration_lock.toml";
    struct td_folder *f = r->folder;
    const char *path = join(r->arena, f->path, name, "");
    const char *text = NULL;
    size_t len = 0;
    int rc = read_text(r, name, path, &text, &len, NULL, err);
    if (rc != TD_OK || text == NULL)
        return rc;
    const char *provider = provider_of(r->arena, text);
    if (provider == NULL || strcmp(provider, "postgresql") == 0)
        return TD_OK;
    if (strcmp(provider, "sqlite") == 0) {
        f->dialect = TD_DIALECT_SQLITE;
        return TD_OK;
    }
    td_err_set(err, TD_C_MIG_PROVIDER, "the migrations are for \"%s\", which tandem does not run [P3019]", provider);
    td_err_why(err, "the files would be read as PostgreSQL's language");
    td_err_next(err, "write  provider = \"postgresql\"  into %s if that is what the files are", path);
    return td_err_at(err, path, 1, 1);
}

static int file_missing(struct td_err *err, const char *dir, const char *path)
{
    const char *instead = td_file_instead(path);
    if (instead != NULL)
        td_err_set(err, TD_C_MIG_FILE_MISSING, "\"%s\" is %s, not a file [P3015]", path, instead);
    else
        td_err_set(err, TD_C_MIG_FILE_MISSING, "the directory \"%s\" has no migration.sql [P3015]", dir);
    td_err_at(err, path, 0, 0);
    td_err_why(err, "the whole folder is read first, so nothing was applied");
    if (instead != NULL)
        return td_shell_next(err, "put a file there; what is there now:  ls -l %s", path);
    return td_shell_next(err, "restore the file, or remove the directory:  rmdir %s", dir);
}

static int link_astray(struct td_err *err, const char *path)
{
    const char *what = td_file_instead(path);
    td_err_set(err, TD_C_MIG_FILE_MISSING, "\"%s\" is %s, not a migration's directory [P3015]", path,
               what != NULL ? what : "a link that cannot be followed");
    td_err_at(err, path, 0, 0);
    td_err_why(err, "the whole folder is read first, so nothing was applied");
    return td_shell_next(err, "bring back what it leads to, or remove the link:  rm %s", path);
}

static int name_too_long(struct td_err *err, const char *name)
{
    td_err_set(err, TD_C_MIG_NAME_LONG, "the name of a migration has %zu bytes, %d is the most [P3010]: \"%.60s...\"",
               strlen(name), TD_MIGRATION_NAME_MAX, name);
    return td_err_next(err, "rename the directory");
}

/* What is true of a file that was taken once stays so: the index has none that was refused. */
static int check_text(struct td_migration *m, struct td_err *err)
{
    int rc = td_utf8_check(m->text, m->len, m->path, err);
    if (rc == TD_OK)
        td_sha256_hex(m->text, m->len, m->checksum);
    return rc;
}

/* Without its text, if the index knows the file as it is. */
static bool known(struct reading *r, const char *file, struct td_migration *m, struct td_file_id *id)
{
    const char *checksum = NULL;
    if (r->index != NULL && td_dir_file_id(r->entries, file, id))
        checksum = td_folder_index_find(r->index, m->name, id);
    if (checksum != NULL)
        memcpy(m->checksum, checksum, sizeof m->checksum);
    return checksum != NULL;
}

/* SQLite keeps names as UTF-8 text and PostgreSQL takes nothing else. */
static int check_name(struct td_err *err, const char *name, const char *dir)
{
    if (strlen(name) > TD_MIGRATION_NAME_MAX)
        return name_too_long(err, name);
    if (td_utf8_find_bad(name, strlen(name)) == TD_UTF8_VALID)
        return TD_OK;
    td_err_set(err, TD_C_ENCODING, "the name of the migration \"%s\" is not UTF-8", name);
    td_err_why(err, "the history keeps names as UTF-8 text");
    struct td_buf b = {0};
    td_buf_printf(&b, "%.*sNAME", (int)(strlen(dir) - strlen(name)), dir);
    td_shell_next(err, "rename the directory:  mv %s %s", dir, td_buf_str(&b));
    td_buf_deinit(&b);
    return (int)err->rc;
}

static int add_migration(struct reading *r, const char *name, struct td_err *err)
{
    struct td_arena *a = r->arena;
    const char *path = join(a, r->folder->path, name, FILE_NAME);
    const char *below = path + strlen(path) - strlen(FILE_NAME) - strlen(name);
    struct td_migration m = {.name = td_arena_strdup(a, name), .path = path};
    struct td_file_id id;
    int rc = TD_OK;
    bool read = !known(r, below, &m, &id);
    if (read)
        rc = read_text(r, below, path, &m.text, &m.len, &id, err);
    if (rc == TD_OK && read && m.text == NULL) /* .git and the like are nobody's migration */
        return name[0] == '.' ? TD_OK : file_missing(err, join(a, r->folder->path, name, ""), path);
    if (rc == TD_OK)
        rc = check_name(err, name, join(a, r->folder->path, name, ""));
    if (rc == TD_OK && read)
        rc = check_text(&m, err);
    if (rc != TD_OK)
        return rc;
    *td_vec_add(a, r->folder) = m;
    if (r->index != NULL)
        *td_vec_add(a, &r->ids) = id;
    return TD_OK;
}

static size_t digits(const char *s)
{
    return strspn(s, "0123456789");
}

/* Tools order names with one timestamp differently (bytes, or the letters of a language). */
static void warn_same_timestamp(struct td_arena *a, struct td_folder *f)
{
    for (size_t i = 1; i < f->len; i++) {
        const char *x = f->at[i - 1].name, *y = f->at[i].name;
        if (digits(x) < TIMESTAMP_CHARS || strncmp(x, y, TIMESTAMP_CHARS) != 0)
            continue;
        td_strings_add(a, &f->warnings,
                       td_arena_printf(a,
                                       "\"%s\" and \"%s\" share a timestamp; tandem orders them bytewise, other "
                                       "tools may not: rename one",
                                       x, y));
    }
}

static bool ends_in(const char *name, const char *end)
{
    size_t n = strlen(name), m = strlen(end);
    return n > m && strcmp(name + n - m, end) == 0;
}

/* The first file that another tool would take for a migration. What takes one back is none. */
static const char *loose_sql(const struct td_dir *d)
{
    for (size_t i = 0; i < d->len; i++) {
        const char *name = d->at[i].name;
        bool ours = strcmp(name, "schema.sql") == 0 || strcmp(name, "seed.sql") == 0; /* tandem.json's usual names */
        if (!d->at[i].is_dir && name[0] != '.' && !ours && ends_in(name, ".sql") && !ends_in(name, ".down.sql"))
            return name;
    }
    return NULL;
}

static const char *above(struct td_arena *a, const char *path)
{
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/')
        len--;
    size_t last = len;
    while (last > 0 && path[last - 1] != '/')
        last--;
    if (len == 1 && path[0] == '.')
        return "..";
    if (path[last] == '.') /* "." and "..": a migration's own name seldom begins so */
        return td_arena_printf(a, "%.*s/..", (int)len, path);
    while (last > 1 && path[last - 1] == '/')
        last--;
    return last == 0 ? "." : td_arena_dup(a, path, last);
}

/* SQL, and no migration: another tool's layout, or a directory that is one. "Nothing to apply" would pass for success.
 */
static int check_layout(const struct reading *r, struct td_err *err)
{
    const struct td_folder *f = r->folder;
    const char *name = loose_sql(r->entries);
    if (f->len > 0 || name == NULL)
        return TD_OK;
    if (td_file_is_regular(join(r->arena, f->path, "migration.sql", ""))) {
        td_err_set(err, TD_C_MIG_LAYOUT, "\"%s\" is a migration, not a folder of migrations", f->path);
        td_err_why(err, "it holds a migration.sql itself");
        return td_shell_next(err, "name the folder above it:  --migrations %s", above(r->arena, f->path));
    }
    size_t stem = strlen(name) - (ends_in(name, ".up.sql") ? strlen(".up.sql") : strlen(".sql"));
    const char *dir = join(r->arena, f->path, td_arena_dup(r->arena, name, stem), "");
    td_err_set(err, TD_C_MIG_LAYOUT, "\"%s\" holds SQL files such as \"%s\", and no migration", f->path, name);
    td_err_why(err, "a migration is a directory with a file migration.sql in it; loose files are not read");
    return td_shell_next(err, "give each file a directory:  mkdir %s && mv %s %s", dir,
                         join(r->arena, f->path, name, ""), td_arena_printf(r->arena, "%s" FILE_NAME, dir));
}

/* In place of the folder. */
static int no_folder(const char *path, const char *what, struct td_err *err)
{
    td_err_set(err, TD_C_MIG_FOLDER_MISSING, "\"%s\" is %s, not a folder of migrations", path, what);
    return td_shell_next(err, "name the folder with --migrations DIR; what is there:  ls -l %s", path);
}

static int list(struct td_arena *a, const char *path, struct td_dir **out, struct td_err *err)
{
    struct td_dir *d = td_arena_new(a, struct td_dir);
    td_arena_defer(a, free_dir, d);
    *out = d;
    if (td_file_is_dir(path))
        return td_dir_list(path, d, err);
    if (td_file_exists(path) || td_file_instead(path) != NULL)
        return no_folder(path, td_file_is_regular(path) ? "a file" : td_file_instead(path), err);
    td_err_set(err, TD_C_MIG_FOLDER_MISSING, "the migrations folder \"%s\" is not there", path);
    return td_shell_next(err, "name it with --migrations DIR, or start one:  mkdir -p %s", path);
}

static void close_index(void *index)
{
    td_folder_index_close(index);
}

static void open_index(struct reading *r, const char *path)
{
    r->index = td_folder_index_open(path, r->entries);
    if (r->index != NULL)
        td_arena_defer(r->arena, close_index, r->index);
}

int td_folder_look(struct td_arena *a, const char *dir, const char *index, struct td_folder *out, struct td_err *err)
{
    *out = (struct td_folder){.path = td_arena_strdup(a, dir), .arena = a};
    struct reading r = {.arena = a, .folder = out};
    int rc = list(a, dir, &r.entries, err);
    if (rc != TD_OK)
        return rc;
    if (index != NULL)
        open_index(&r, index);
    rc = read_lock_file(&r, err);
    td_vec_reserve(a, out, r.entries->len);
    if (r.index != NULL)
        td_vec_reserve(a, &r.ids, r.entries->len);
    for (size_t i = 0; rc == TD_OK && i < r.entries->len; i++) { /* in bytewise order */
        const struct td_dir_entry *e = &r.entries->at[i];
        if (e->is_dir)
            rc = add_migration(&r, e->name, err);
        else if (e->astray && e->name[0] != '.') /* editors lock files by such links: .#name */
            rc = link_astray(err, join(a, dir, e->name, ""));
    }
    if (rc == TD_OK)
        rc = check_layout(&r, err);
    td_dir_deinit(r.entries);
    if (rc == TD_OK && r.index != NULL)
        td_folder_index_keep(r.index, out, r.ids.at);
    if (rc == TD_OK)
        warn_same_timestamp(a, out);
    return rc;
}

int td_folder_read(struct td_arena *a, const char *dir, struct td_folder *out, struct td_err *err)
{
    return td_folder_look(a, dir, NULL, out, err);
}

static int read_texts(void *data, struct td_err *err)
{
    struct td_folder *f = data;
    int rc = TD_OK;
    for (size_t i = 0; rc == TD_OK && i < f->len; i++) {
        struct td_migration *m = &f->at[i];
        char *text = NULL;
        if (m->text != NULL)
            continue;
        rc = td_file_read_regular(m->path, TD_FILE_MAX, &text, &m->len, err);
        if (rc != TD_OK)
            return rc;
        if (text == NULL) /* gone in the meantime */
            return file_missing(err, join(f->arena, f->path, m->name, ""), m->path);
        td_arena_defer(f->arena, free_text, text);
        m->text = text;
        rc = check_text(m, err);
        if (rc != TD_OK)
            m->text = NULL;
    }
    return rc;
}

bool td_folder_is_whole(const struct td_folder *f)
{
    for (size_t i = 0; i < f->len; i++)
        if (f->at[i].text == NULL)
            return false;
    return true;
}

int td_folder_texts(const struct td_folder *f, struct td_err *err)
{
    struct td_folder same = *f;
    return td_folder_is_whole(f) ? TD_OK : td_arena_run(f->arena, read_texts, &same, err);
}

const struct td_migration *td_folder_find(const struct td_folder *f, const char *name)
{
    size_t low = 0, high = f->len;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = strcmp(f->at[mid].name, name);
        if (order == 0)
            return &f->at[mid];
        if (order < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

/* "add_posts" for "20260101000000_add_posts". NULL unless it is the end of just one. */
static const char *without_timestamp(const struct td_folder *f, const char *name)
{
    const char *found = NULL;
    for (size_t i = 0; i < f->len; i++) {
        const char *rest = strchr(f->at[i].name, '_');
        if (rest == NULL || strcmp(rest + 1, name) != 0)
            continue;
        if (found != NULL)
            return NULL;
        found = f->at[i].name;
    }
    return found;
}

int td_folder_no_such(const struct td_folder *f, const char *name, struct td_err *err)
{
    const char *meant = without_timestamp(f, name);
    struct td_nearest near;
    td_nearest_init(&near, name, strlen(name));
    for (size_t i = 0; meant == NULL && i < f->len; i++)
        td_nearest_try(&near, f->at[i].name);
    meant = meant != NULL ? meant : near.best;
    td_err_set(err, TD_C_MIG_NOT_FOUND, "there is no migration \"%s\" in \"%s\" [P3017]", name, f->path);
    if (meant == NULL)
        return td_err_next(err, "tandem migrate status  lists them; a name is the whole directory's");
    return td_shell_next(err, "did you mean  %s  ?", meant);
}
