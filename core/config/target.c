/* Candidates are collected from the strongest place to the weakest; the choice among them is made at the end. */
#include "core/config/target.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/file.h"
#include "core/base/mem.h"

bool td_target_on_parse(const char *text, enum td_target_on *out)
{
    static const struct {
        const char *word;
        enum td_target_on on;
    } words[] = {{"sqlite", TD_TARGET_SQLITE},
                 {"postgres", TD_TARGET_POSTGRES},
                 {"postgresql", TD_TARGET_POSTGRES},
                 {"both", TD_TARGET_BOTH}};
    *out = TD_TARGET_DEFAULT;
    for (size_t i = 0; text != NULL && i < sizeof words / sizeof *words; i++) {
        if (strcmp(text, words[i].word) == 0) {
            *out = words[i].on;
            return true;
        }
    }
    return text == NULL;
}

static char *format(const char *fmt, ...) TD_PRINTF(1, 2);
static char *format(const char *fmt, ...)
{
    struct td_buf b = {0};
    struct td_err err;
    char *out = NULL;
    va_list args;
    va_start(args, fmt);
    td_buf_vprintf(&b, fmt, args);
    va_end(args);
    if (td_buf_take(&b, &out, &err) != TD_OK)
        td_buf_deinit(&b);
    return out;
}

/* ---- the files ---- */

/* `flag`: what named the file; NULL: nobody, it lay there. */
static int unreadable(const char *flag, struct td_err *err)
{
    struct td_err told = *err;
    switch (err->rc) {
    case TD_ENOTFOUND:
    case TD_EIO:
        td_err_set(err, TD_C_CONFIG_FILE, "%s%s%s", flag != NULL ? flag : "", flag != NULL ? ": " : "", told.message);
        return td_err_next(err, flag != NULL ? "Name a file that is there." : "Make it a file, or remove it.");
    case TD_EDENIED:
        return td_err_next(err, flag != NULL ? "Make the file readable for this user, or name another one."
                                             : "Make the file readable for this user, or pass it over with "
                                               "--no-env-file.");
    default: return (int)err->rc;
    }
}

static int add_env(struct td_target *t, const char *path, bool required, struct td_err *err)
{
    if (!required && !td_file_is_regular(path))
        return TD_OK;
    struct td_dotenv *grown = td_mem_realloc(t->env, (t->env_len + 1) * sizeof *grown);
    if (grown == NULL)
        return td_err_nomem(err);
    t->env = grown;
    int rc = td_dotenv_read(path, &t->env[t->env_len], err);
    if (rc != TD_OK) {
        td_dotenv_deinit(&t->env[t->env_len]);
        return unreadable(required ? "--env-file" : NULL, err);
    }
    t->env_len++;
    return TD_OK;
}

static int read_env(const struct td_target_opts *o, struct td_target *t, struct td_err *err)
{
    static const char *const usual[] = {".env.local", ".env", "prisma/.env"};
    int rc = TD_OK;
    for (size_t i = o->env_files_len; rc == TD_OK && i-- > 0;)
        rc = add_env(t, o->env_files[i], true, err);
    if (o->no_env_file || o->env_files_len > 0)
        return rc;
    for (size_t i = 0; rc == TD_OK && i < sizeof usual / sizeof *usual; i++)
        rc = add_env(t, usual[i], false, err);
    return rc;
}

static int read_config(const struct td_target_opts *o, struct td_target *t, struct td_err *err)
{
    const char *path = o->config != NULL ? o->config : "tandem.json";
    if (o->config == NULL && !td_file_exists(path))
        return td_config_none(&t->config, err);
    const char *instead = td_file_instead(path);
    if (o->config == NULL && instead != NULL) { /* one that --config names may be a pipe: that of <(...) */
        td_err_set(err, TD_C_CONFIG_FILE, "\"%s\" is %s, not a file", path, instead);
        return td_err_next(err, "Make it a file, or remove it.");
    }
    int rc = td_config_read(path, &t->config, err);
    if (rc == TD_ENOTFOUND || rc == TD_EIO)
        return unreadable(o->config != NULL ? "--config" : NULL, err);
    if (rc == TD_EDENIED)
        return td_err_next(err, "Make the file readable for this user, or name another one with --config.");
    return rc;
}

/* ---- the folder ---- */

static char *beside_schema(const char *schema)
{
    char *dir = td_file_is_dir(schema) ? td_mem_strdup(schema) : td_path_dirname(schema);
    char *out = dir == NULL ? NULL : td_path_join(dir, "migrations");
    td_mem_free(dir);
    return out;
}

static int find_folder(const struct td_target_opts *o, struct td_target *t, struct td_err *err)
{
    const char *from;
    if (o->migrations != NULL) {
        t->migrations = td_mem_strdup(o->migrations);
        from = "--migrations";
    } else if (o->schema != NULL) {
        t->migrations = beside_schema(o->schema);
        from = "--schema";
    } else if (t->config->migrations != NULL) {
        t->migrations = td_config_path(t->config, t->config->migrations);
        from = "tandem.json migrations";
    } else if (td_file_is_dir("prisma/migrations")) {
        t->migrations = td_mem_strdup("prisma/migrations");
        from = "prisma/migrations";
    } else {
        t->migrations = td_mem_strdup("migrations");
        from = "default";
    }
    t->migrations_from = td_mem_strdup(from);
    return t->migrations == NULL || t->migrations_from == NULL ? td_err_nomem(err) : TD_OK;
}

int td_target_open(const struct td_target_opts *opts, struct td_target *out, struct td_err *err)
{
    memset(out, 0, sizeof *out);
    int rc = read_config(opts, out, err);
    if (rc == TD_OK)
        rc = read_env(opts, out, err);
    return rc == TD_OK ? find_folder(opts, out, err) : rc;
}

/* ---- candidates ---- */

/* A URL and where it stands. */
struct said {
    const char *text;       /* borrowed from the environment, a file or a flag */
    char *from;             /* owned */
    const char *path;       /* of the .env file, NULL for others */
    unsigned line;          /* there */
    const char *config_key; /* dotted key of tandem.json, NULL for others */
    char *dir;              /* owned: what a relative path is taken from first */
};

static void said_deinit(struct said *s)
{
    td_mem_free(s->from);
    td_mem_free(s->dir);
}

/* Places where a variable may stand: 0 is the environment, then the .env files. */
static const char *variable_at(const struct td_target *t, size_t place, const char *name, unsigned *line)
{
    *line = 0;
    if (place == 0) {
        const char *v = getenv(name);
        return v == NULL || v[0] == '\0' ? NULL : v;
    }
    const struct td_dotenv_entry *e = td_dotenv_find(&t->env[place - 1], name);
    *line = e == NULL ? 0 : e->line;
    return e == NULL || e->value[0] == '\0' ? NULL : e->value;
}

static int say_variable(const struct td_target *t, size_t place, const char *name, struct said *out, struct td_err *err)
{
    memset(out, 0, sizeof *out);
    out->text = variable_at(t, place, name, &out->line);
    if (out->text == NULL)
        return TD_OK;
    if (place == 0) {
        out->from = format("environment %s", name);
        out->dir = td_mem_strdup(".");
    } else {
        out->path = t->env[place - 1].path;
        out->from = format("%s:%u", out->path, out->line);
        out->dir = td_path_dirname(out->path);
    }
    return out->from == NULL || out->dir == NULL ? td_err_nomem(err) : TD_OK;
}

/* The strongest place that sets NAME; place_out says which. Nothing found: out->text is NULL. */
static int say_anywhere(const struct td_target *t, const char *name, struct said *out, size_t *place_out,
                        struct td_err *err)
{
    memset(out, 0, sizeof *out);
    for (size_t place = 0; place <= t->env_len; place++) {
        int rc = say_variable(t, place, name, out, err);
        *place_out = place;
        if (rc != TD_OK || out->text != NULL)
            return rc;
    }
    return TD_OK;
}

const char *td_target_env(const struct td_target *t, const char *name, char **from_out)
{
    struct said s;
    struct td_err err;
    size_t place;
    if (from_out != NULL)
        *from_out = NULL;
    if (say_anywhere(t, name, &s, &place, &err) == TD_OK && from_out != NULL) {
        *from_out = s.from;
        s.from = NULL;
    }
    const char *text = s.text;
    said_deinit(&s);
    return text;
}

static const char *env_name(const char *text)
{
    return text != NULL && strncmp(text, "env:", 4) == 0 ? text + 4 : NULL;
}

/* Does tandem.json give one of its databases by this variable? */
static bool config_names(const struct td_target *t, const char *name)
{
    const char *a = env_name(t->config->sqlite), *b = env_name(t->config->postgres);
    return (a != NULL && strcmp(a, name) == 0) || (b != NULL && strcmp(b, name) == 0);
}

/* Follows "env:NAME" in a text of ours. DIRECT_URL stands in for DATABASE_URL of the same place. */
static int follow(const struct td_target *t, const char *name, bool direct, struct said *out, struct td_err *err)
{
    size_t place;
    int rc = say_anywhere(t, name, out, &place, err);
    if (rc != TD_OK || out->text == NULL || !direct || strcmp(name, "DATABASE_URL") != 0)
        return rc;
    struct said better;
    rc = say_variable(t, place, "DIRECT_URL", &better, err);
    if (rc == TD_OK && better.text != NULL) {
        said_deinit(out);
        *out = better;
        return TD_OK;
    }
    said_deinit(&better);
    return rc;
}

/* ---- reading a URL ---- */

static int add_place(const struct td_target *t, const struct said *s, int rc, struct td_err *err)
{
    if (rc != TD_ECONFIG)
        return rc;
    if (s->path != NULL)
        td_err_at(err, s->path, s->line, 1);
    else if (s->config_key != NULL)
        td_config_err_at(t->config, s->config_key, err);
    return td_err_wrap(err, "%s", s->from);
}

/* Prisma took relative paths from schema.prisma's directory up to version 6 and from the configuration's in 7: the file
 * that exists is the one that is meant. */
struct bases {
    char *at[3];
    size_t n;
};

static int add_base(struct bases *b, char *dir, struct td_err *err)
{
    if (dir == NULL)
        return td_err_nomem(err);
    for (size_t i = 0; i < b->n; i++) {
        if (strcmp(b->at[i], dir) == 0) {
            td_mem_free(dir);
            return TD_OK;
        }
    }
    b->at[b->n++] = dir;
    return TD_OK;
}

static const char *flag_name(const struct td_target_opts *o)
{
    return o->url_from != NULL ? o->url_from : "--url";
}

static int find_bases(const struct td_target_opts *o, const struct said *s, struct bases *b, struct td_err *err)
{
    int rc = add_base(b, td_mem_strdup(s->dir), err);
    if (rc != TD_OK || strcmp(s->from, flag_name(o)) == 0)
        return rc;
    rc = add_base(b, td_mem_strdup("."), err);
    if (rc == TD_OK && o->schema != NULL)
        rc = add_base(b, td_file_is_dir(o->schema) ? td_mem_strdup(o->schema) : td_path_dirname(o->schema), err);
    else if (rc == TD_OK && td_file_exists("prisma/schema.prisma"))
        rc = add_base(b, td_mem_strdup("prisma"), err);
    return rc;
}

static int choose_base(const struct bases *b, const char *path, size_t *out, char **note, struct td_err *err)
{
    size_t found = b->n, also = b->n;
    for (size_t i = 0; i < b->n; i++) {
        char *full = td_path_join(b->at[i], path);
        if (full == NULL)
            return td_err_nomem(err);
        if (td_file_exists(full) && found == b->n)
            found = i;
        else if (td_file_exists(full) && also == b->n)
            also = i;
        td_mem_free(full);
    }
    *out = found == b->n ? 0 : found;
    if (found == b->n || (*out == 0 && also == b->n))
        return TD_OK;
    char *used = td_path_join(b->at[*out], path), *other = td_path_join(b->at[also == b->n ? 0 : also], path);
    if (used != NULL && other != NULL)
        *note = also == b->n ? format("\"%s\" is taken: \"%s\" is not there", used, other)
                             : format("\"%s\" is taken, though \"%s\" is there, too", used, other);
    td_mem_free(used);
    td_mem_free(other);
    return *note == NULL ? td_err_nomem(err) : TD_OK;
}

static int resolve_file(const struct td_target_opts *o, const struct said *s, struct td_url *url, char **note,
                        struct td_err *err)
{
    struct bases b = {0};
    size_t base = 0;
    if (url->kind != TD_URL_SQLITE || td_path_is_absolute(url->path) || strcmp(url->path, ":memory:") == 0)
        return TD_OK;
    int rc = find_bases(o, s, &b, err);
    if (rc == TD_OK)
        rc = choose_base(&b, url->path, &base, note, err);
    if (rc == TD_OK && strcmp(b.at[base], ".") != 0) {
        td_url_deinit(url);
        rc = td_url_parse(s->text, b.at[base], url, err);
    }
    for (size_t i = 0; i < b.n; i++)
        td_mem_free(b.at[i]);
    return rc;
}

static struct td_target_db *slot_of(struct td_target *t, enum td_url_kind kind)
{
    return kind == TD_URL_SQLITE ? &t->sqlite : &t->postgres;
}

/* Takes a URL for its engine unless a stronger one is there. `kind_out` may be NULL. */
static int take(const struct td_target_opts *o, struct td_target *t, struct said *s, enum td_url_kind *kind_out,
                struct td_err *err)
{
    struct td_url url;
    char *note = NULL;
    int rc = td_url_parse(s->text, NULL, &url, err);
    if (rc != TD_OK)
        return add_place(t, s, rc, err);
    rc = resolve_file(o, s, &url, &note, err);
    if (kind_out != NULL)
        *kind_out = url.kind;
    struct td_target_db *db = slot_of(t, url.kind);
    if (rc != TD_OK || db->found) {
        td_url_deinit(&url);
        td_mem_free(note);
        return rc;
    }
    *db = (struct td_target_db){.found = true, .url = url, .from = s->from, .note = note};
    s->from = NULL;
    return TD_OK;
}

/* ---- the choice ---- */

static int from_flag(const struct td_target_opts *o, struct td_target *t, struct td_err *err)
{
    struct said s = {.text = o->url};
    const char *name = env_name(o->url);
    int rc = TD_OK;
    if (name != NULL) {
        rc = follow(t, name, false, &s, err);
        if (rc == TD_OK && s.text == NULL) {
            td_err_set(err, TD_C_CONFIG_ENV, "--url reads \"%s\", which is not set", name);
            return td_err_next(err, "Set %s in the environment or in .env, or give the URL itself.", name);
        }
    } else {
        s.from = td_mem_strdup(flag_name(o));
        s.dir = td_mem_strdup(".");
    }
    if (rc == TD_OK)
        rc = s.from == NULL || s.dir == NULL ? td_err_nomem(err) : take(o, t, &s, NULL, err);
    said_deinit(&s);
    return rc;
}

/* DIRECT_URL and DATABASE_URL of one place; those that tandem.json names are left to it. */
static int from_place(const struct td_target_opts *o, struct td_target *t, size_t place, struct td_err *err)
{
    static const char *const names[] = {"DIRECT_URL", "DATABASE_URL"};
    for (size_t i = o->direct ? 0 : 1; i < 2; i++) {
        struct said s;
        if (config_names(t, names[i]) || (i == 0 && config_names(t, names[1])))
            continue;
        int rc = say_variable(t, place, names[i], &s, err);
        if (rc == TD_OK && s.text != NULL)
            rc = take(o, t, &s, NULL, err);
        said_deinit(&s);
        if (rc != TD_OK)
            return rc;
    }
    return TD_OK;
}

static int wrong_engine(const struct td_target *t, const struct said *s, enum td_url_kind wanted, struct td_err *err)
{
    td_err_set(err, TD_C_CONFIG_VALUE, "%s: this is no %s URL", s->from,
               wanted == TD_URL_SQLITE ? "SQLite" : "PostgreSQL");
    td_err_next(err, wanted == TD_URL_SQLITE ? "Give databases.sqlite a file: URL, such as file:./dev.db."
                                             : "Give databases.postgres a postgresql:// URL.");
    return td_config_err_at(t->config, s->config_key, err);
}

static int not_set(const struct td_target *t, const char *key, const char *name, struct td_err *err)
{
    td_err_set(err, TD_C_CONFIG_ENV, "%s reads \"%s\", which is not set", key, name);
    td_err_next(err, "Set %s in the environment or in .env, or write the URL itself.", name);
    return td_config_err_at(t->config, key, err);
}

/* One database of tandem.json. */
static int from_config(const struct td_target_opts *o, struct td_target *t, enum td_url_kind kind, struct td_err *err)
{
    const char *key = kind == TD_URL_SQLITE ? "databases.sqlite" : "databases.postgres";
    const char *text = kind == TD_URL_SQLITE ? t->config->sqlite : t->config->postgres;
    const char *name = env_name(text);
    struct said s = {.text = text};
    enum td_url_kind got = kind;
    int rc = TD_OK;
    if (text == NULL || slot_of(t, kind)->found)
        return TD_OK;
    if (name != NULL) {
        rc = follow(t, name, o->direct, &s, err);
    } else {
        s.from = format("%s %s", t->config->path, key);
        s.dir = td_mem_strdup(t->config->dir);
        rc = s.from == NULL || s.dir == NULL ? td_err_nomem(err) : TD_OK;
    }
    s.config_key = key;
    if (rc == TD_OK && s.text == NULL) {
        rc = not_set(t, key, name, err);
    } else if (rc == TD_OK) {
        /* a URL of the other engine would silently take the other's place */
        struct td_url url;
        rc = td_url_parse(s.text, NULL, &url, err);
        if (rc == TD_OK) {
            got = url.kind;
            td_url_deinit(&url);
            rc = got == kind ? take(o, t, &s, NULL, err) : wrong_engine(t, &s, kind, err);
        } else {
            rc = add_place(t, &s, rc, err);
        }
    }
    said_deinit(&s);
    return rc;
}

static void drop(struct td_target_db *db)
{
    if (db->found)
        td_url_deinit(&db->url);
    td_mem_free(db->from);
    td_mem_free(db->note);
    memset(db, 0, sizeof *db);
}

static int none_named(const struct td_target_opts *o, const struct td_target *t, struct td_err *err)
{
    enum td_target_on on = o->on;
    const char *what = on == TD_TARGET_DEFAULT                        ? "no database is named"
                       : !t->sqlite.found && on != TD_TARGET_POSTGRES ? "no SQLite database is named"
                                                                      : "no PostgreSQL database is named";
    td_err_set(err, TD_C_NO_DATABASE, "%s", what);
    const char *instead = td_file_instead(".env");
    const char *file = t->env_len > 0 ? t->env[0].path : o->no_env_file ? "no .env file (--no-env-file)" : ".env";
    bool missing = t->env_len == 0 && !o->no_env_file;
    td_err_why(err, "looked at --url, DATABASE_URL in the environment, %s%s%s%s, and \"databases\" in %s", file,
               missing ? " (" : "", missing ? instead != NULL ? instead : "not there" : "", missing ? ")" : "",
               t->config->path != NULL ? t->config->path : "tandem.json (not there)");
    return td_err_next(err, "Give --url file:./dev.db or --url postgresql://user@host/database, or set DATABASE_URL.");
}

static int flag_and_on(const struct td_target *t, enum td_target_on on, struct td_err *err)
{
    if (on == TD_TARGET_DEFAULT || (on == TD_TARGET_SQLITE && t->sqlite.found) ||
        (on == TD_TARGET_POSTGRES && t->postgres.found))
        return TD_OK;
    td_err_set(err, TD_C_NO_DATABASE, "--url names %s database, and --on asks for %s",
               t->sqlite.found ? "an SQLite" : "a PostgreSQL",
               on == TD_TARGET_BOTH     ? "both"
               : on == TD_TARGET_SQLITE ? "SQLite"
                                        : "PostgreSQL");
    return td_err_next(err, "Leave --on out, or name both under \"databases\" in tandem.json and leave --url out.");
}

/* All that tandem.json names: what one of them lacks must not leave it out unseen. The other one is still looked for,
 * so that a caller that goes on has it. */
static int all_of_config(const struct td_target_opts *o, struct td_target *t, struct td_err *err)
{
    struct td_err later = {0};
    int rc = from_config(o, t, TD_URL_SQLITE, err);
    int also = from_config(o, t, TD_URL_POSTGRES, rc == TD_OK ? err : &later);
    if (rc == TD_OK)
        rc = also;
    if (err->code == TD_C_CONFIG_ENV && rc != TD_OK && t->sqlite.found != t->postgres.found) {
        char *set = td_mem_strdup(err->next);
        td_err_next(err, "%s  --on %s  leaves this database out.", set != NULL ? set : "",
                    t->sqlite.found ? "sqlite" : "postgres");
        td_mem_free(set);
    }
    return rc;
}

/* Without --on: what the environment or a file says, alone; else what tandem.json names. */
static int default_choice(const struct td_target_opts *o, struct td_target *t, struct td_err *err)
{
    int rc = TD_OK;
    for (size_t place = 0; rc == TD_OK && place <= t->env_len && !t->sqlite.found && !t->postgres.found; place++)
        rc = from_place(o, t, place, err);
    if (rc != TD_OK || t->sqlite.found || t->postgres.found)
        return rc;
    rc = all_of_config(o, t, err);
    if (rc == TD_OK && !t->sqlite.found && !t->postgres.found)
        rc = none_named(o, t, err);
    return rc;
}

static int explicit_choice(const struct td_target_opts *o, struct td_target *t, struct td_err *err)
{
    bool sqlite = o->on != TD_TARGET_POSTGRES, postgres = o->on != TD_TARGET_SQLITE;
    int rc = TD_OK;
    for (size_t place = 0; rc == TD_OK && place <= t->env_len; place++)
        rc = from_place(o, t, place, err);
    if (rc == TD_OK && sqlite)
        rc = from_config(o, t, TD_URL_SQLITE, err);
    if (rc == TD_OK && postgres)
        rc = from_config(o, t, TD_URL_POSTGRES, err);
    if (!sqlite)
        drop(&t->sqlite);
    if (!postgres)
        drop(&t->postgres);
    if (rc == TD_OK && ((sqlite && !t->sqlite.found) || (postgres && !t->postgres.found)))
        rc = none_named(o, t, err);
    return rc;
}

int td_target_databases(const struct td_target_opts *opts, struct td_target *t, struct td_err *err)
{
    if (opts->url == NULL)
        return opts->on == TD_TARGET_DEFAULT ? default_choice(opts, t, err) : explicit_choice(opts, t, err);
    int rc = from_flag(opts, t, err);
    return rc == TD_OK ? flag_and_on(t, opts->on, err) : rc;
}

void td_target_close(struct td_target *t)
{
    drop(&t->sqlite);
    drop(&t->postgres);
    td_mem_free(t->migrations);
    td_mem_free(t->migrations_from);
    td_config_close(t->config);
    for (size_t i = 0; i < t->env_len; i++)
        td_dotenv_deinit(&t->env[i]);
    td_mem_free(t->env);
    memset(t, 0, sizeof *t);
}
