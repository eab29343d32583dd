/* The shape of tandem.json is one table: which keys an object has, and what kind each is. One walk checks it all. */
#include "core/config/config.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/file.h"
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/base/nearest.h"

#define KEYS_MAX 16

enum rule {
    TEXT,   /* a string that is not empty */
    TEXTS,  /* an array of such */
    WORD,   /* one of `words` */
    OBJECT, /* with the keys of `keys` */
    MAP     /* any keys; each member follows `keys[0]` */
};

struct key {
    const char *name;
    enum rule rule;
    const struct key *keys;   /* ends with a NULL name */
    const char *const *words; /* ends with NULL */
};

static const struct key databases_keys[] = {{.name = "sqlite", .rule = TEXT}, {.name = "postgres", .rule = TEXT}, {0}};
static const struct key sqlite_keys[] = {{.name = "skip", .rule = TEXTS}, {0}};
static const struct key lint_keys[] = {{.name = "policy", .rule = TEXTS}, {.name = "off", .rule = TEXTS}, {0}};

static const char *const languages[] = {"c", "json", NULL};
static const struct key generate_keys[] = {
    {.name = "out", .rule = TEXT},
    {.name = "prefix", .rule = TEXT},
    {.name = "lang", .rule = WORD, .words = languages},
    {.name = "generator", .rule = TEXT},
    {.name = "queries", .rule = TEXT},
    {0},
};

static const char *const scopes[] = {"tenant", "membership", "path", "shared", "local", NULL};
static const struct key any_text[] = {{.name = "*", .rule = TEXT}, {0}};
static const struct key sync_table_keys[] = {
    {.name = "scope", .rule = WORD, .words = scopes},
    {.name = "through", .rule = TEXT},
    {.name = "column", .rule = TEXT},
    {.name = "policy", .rule = TEXT},
    {.name = "columns", .rule = MAP, .keys = any_text},
    {.name = "mask", .rule = MAP, .keys = any_text},
    {.name = "subset", .rule = TEXT},
    {0},
};
static const struct key any_table[] = {{.name = "*", .rule = OBJECT, .keys = sync_table_keys}, {0}};
static const struct key sync_keys[] = {
    {.name = "remote", .rule = TEXT},
    {.name = "tenant", .rule = TEXT},
    {.name = "tables", .rule = MAP, .keys = any_table},
    {0},
};

static const struct key top_keys[] = {
    {.name = "databases", .rule = OBJECT, .keys = databases_keys},
    {.name = "migrations", .rule = TEXT},
    {.name = "schema", .rule = TEXT},
    {.name = "seed", .rule = TEXT},
    {.name = "sqlite", .rule = OBJECT, .keys = sqlite_keys},
    {.name = "lint", .rule = OBJECT, .keys = lint_keys},
    {.name = "generate", .rule = OBJECT, .keys = generate_keys},
    {.name = "sync", .rule = OBJECT, .keys = sync_keys},
    {.name = "$schema", .rule = TEXT}, /* what editors look for */
    {0},
};
static const struct key top = {.name = "tandem.json", .rule = OBJECT, .keys = top_keys};

struct check {
    const struct td_config *config;
    struct td_err *err;
};

static int wrong_value(const struct check *c, const struct td_json *v, const char *name, const char *wanted)
{
    td_err_set(c->err, TD_C_CONFIG_VALUE, "\"%s\" must be %s, and is %s", name, wanted,
               td_json_kind_name(td_json_kind(v)));
    return td_json_err_at(c->err, c->config->doc, v, false);
}

static int unknown_key(const struct check *c, const struct td_json *v, const struct key *keys)
{
    const char *names[KEYS_MAX];
    size_t n = 0;
    struct td_buf list = {0};
    for (; keys[n].name != NULL && n < KEYS_MAX; n++) {
        names[n] = keys[n].name;
        td_buf_printf(&list, "%s%s", n > 0 ? ", " : "", keys[n].name);
    }
    const char *meant = td_nearest(td_json_key(v), names, n);
    td_err_set(c->err, TD_C_CONFIG_KEY, "there is no key \"%s\" here", td_json_key(v));
    if (meant != NULL)
        td_err_next(c->err, "Did you mean \"%s\"?", meant);
    else
        td_err_next(c->err, "The keys here are: %s.", td_buf_str(&list));
    td_buf_deinit(&list);
    return td_json_err_at(c->err, c->config->doc, v, true);
}

static int check_text(const struct check *c, const struct td_json *v, const char *name)
{
    const char *text = td_json_text(v);
    if (text == NULL)
        return wrong_value(c, v, name, "a string");
    if (text[0] != '\0')
        return TD_OK;
    td_err_set(c->err, TD_C_CONFIG_VALUE, "\"%s\" is empty", name);
    return td_json_err_at(c->err, c->config->doc, v, false);
}

static int check_texts(const struct check *c, const struct td_json *v, const char *name)
{
    int rc = td_json_kind(v) == TD_JSON_ARRAY ? TD_OK : wrong_value(c, v, name, "an array of strings");
    for (const struct td_json *i = td_json_first(v); rc == TD_OK && i != NULL; i = td_json_next(i))
        rc = check_text(c, i, name);
    return rc;
}

static int check_word(const struct check *c, const struct td_json *v, const char *name, const char *const *words)
{
    struct td_buf list = {0};
    int rc = check_text(c, v, name);
    size_t n = 0;
    if (rc != TD_OK)
        return rc;
    for (; words[n] != NULL; n++) {
        if (strcmp(words[n], td_json_text(v)) == 0) {
            td_buf_deinit(&list);
            return TD_OK;
        }
        td_buf_printf(&list, "%s%s", n > 0 ? ", " : "", words[n]);
    }
    const char *meant = td_nearest(td_json_text(v), words, n);
    td_err_set(c->err, TD_C_CONFIG_VALUE, "\"%s\" must be one of %s, and is \"%s\"", name, td_buf_str(&list),
               td_json_text(v));
    if (meant != NULL)
        td_err_next(c->err, "Did you mean \"%s\"?", meant);
    td_buf_deinit(&list);
    return td_json_err_at(c->err, c->config->doc, v, false);
}

static int check_value(const struct check *c, const struct td_json *v, const struct key *k, const char *name);

static int check_object(const struct check *c, const struct td_json *v, const struct key *k, const char *name)
{
    int rc = td_json_kind(v) == TD_JSON_OBJECT ? TD_OK : wrong_value(c, v, name, "an object");
    for (const struct td_json *m = td_json_first(v); rc == TD_OK && m != NULL; m = td_json_next(m)) {
        const struct key *member = k->keys;
        while (k->rule == OBJECT && member->name != NULL && strcmp(member->name, td_json_key(m)) != 0)
            member++;
        rc = member->name == NULL ? unknown_key(c, m, k->keys) : check_value(c, m, member, td_json_key(m));
    }
    return rc;
}

static int check_value(const struct check *c, const struct td_json *v, const struct key *k, const char *name)
{
    switch (k->rule) {
    case TEXT: return check_text(c, v, name);
    case TEXTS: return check_texts(c, v, name);
    case WORD: return check_word(c, v, name, k->words);
    case OBJECT:
    case MAP: return check_object(c, v, k, name);
    }
    return TD_OK;
}

/* ---- reading ---- */

static const struct td_json *nth_of(const struct td_json *array, const char *digits)
{
    const struct td_json *v = td_json_first(array);
    for (unsigned long n = strtoul(digits, NULL, 10); v != NULL && n > 0; n--)
        v = td_json_next(v);
    return v;
}

static const struct td_json *at_path(const struct td_config *c, const char *dotted)
{
    const struct td_json *v = c->doc == NULL ? NULL : td_json_root(c->doc);
    while (v != NULL && *dotted != '\0') {
        char key[64];
        size_t n = strcspn(dotted, ".");
        if (n >= sizeof key)
            return NULL;
        memcpy(key, dotted, n);
        key[n] = '\0';
        v = td_json_kind(v) == TD_JSON_ARRAY ? nth_of(v, key) : td_json_get(v, key);
        dotted += n + (dotted[n] == '.');
    }
    return v;
}

static const char *text_at(const struct td_config *c, const char *dotted)
{
    return td_json_text(at_path(c, dotted));
}

static int list_at(const struct td_config *c, const char *dotted, struct td_config_list *out, struct td_err *err)
{
    const struct td_json *v = at_path(c, dotted);
    size_t n = td_json_len(v);
    if (n == 0)
        return TD_OK;
    out->at = td_mem_alloc(n * sizeof *out->at);
    if (out->at == NULL)
        return td_err_nomem(err);
    for (const struct td_json *i = td_json_first(v); i != NULL; i = td_json_next(i))
        out->at[out->len++] = td_json_text(i);
    return TD_OK;
}

static int fill(struct td_config *c, struct td_err *err)
{
    c->sqlite = text_at(c, "databases.sqlite");
    c->postgres = text_at(c, "databases.postgres");
    c->migrations = text_at(c, "migrations");
    c->schema = text_at(c, "schema");
    c->seed = text_at(c, "seed");
    c->generate = at_path(c, "generate");
    c->generate_out = text_at(c, "generate.out");
    c->generate_prefix = text_at(c, "generate.prefix");
    c->sync = at_path(c, "sync");
    c->sync_remote = text_at(c, "sync.remote");
    c->sync_tenant = text_at(c, "sync.tenant");
    c->sync_tables = at_path(c, "sync.tables");
    int rc = list_at(c, "sqlite.skip", &c->skip, err);
    if (rc == TD_OK)
        rc = list_at(c, "lint.policy", &c->lint_policy, err);
    return rc == TD_OK ? list_at(c, "lint.off", &c->lint_off, err) : rc;
}

int td_config_none(struct td_config **out, struct td_err *err)
{
    *out = td_mem_zalloc(sizeof **out);
    return *out == NULL ? td_err_nomem(err) : TD_OK;
}

/* json's code speaks of JSON in general; here the file has a code of its own. */
static int as_config_error(struct td_err *err)
{
    if (err->code != TD_C_JSON)
        return (int)err->rc;
    err->code = TD_C_CONFIG_JSON;
    err->rc = td_code_info(TD_C_CONFIG_JSON)->rc;
    err->sqlstate[0] = '\0';
    return (int)err->rc;
}

static int load(struct td_config *c, const char *text, size_t len, const char *path, struct td_err *err)
{
    c->path = td_mem_strdup(path);
    c->dir = td_path_dirname(path);
    if (c->path == NULL || c->dir == NULL)
        return td_err_nomem(err);
    if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) { /* editors on Windows write a byte order mark */
        text += 3;
        len -= 3;
    }
    int rc = td_json_parse(text, len, path, &c->doc, err);
    if (rc != TD_OK)
        return as_config_error(err);
    struct check check = {.config = c, .err = err};
    rc = check_value(&check, td_json_root(c->doc), &top, top.name);
    return rc == TD_OK ? fill(c, err) : rc;
}

int td_config_parse(const char *text, size_t len, const char *path, struct td_config **out, struct td_err *err)
{
    struct td_config *c;
    int rc = td_config_none(&c, err);
    *out = NULL;
    if (rc != TD_OK)
        return rc;
    rc = load(c, text, len, path, err);
    if (rc == TD_OK)
        *out = c;
    else
        td_config_close(c);
    return rc;
}

int td_config_read(const char *path, struct td_config **out, struct td_err *err)
{
    char *text;
    size_t len;
    *out = NULL;
    int rc = td_file_read(path, (size_t)4 << 20, &text, &len, err);
    if (rc != TD_OK)
        return rc;
    rc = td_config_parse(text, len, path, out, err);
    td_mem_free(text);
    return rc;
}

void td_config_close(struct td_config *c)
{
    if (c == NULL)
        return;
    td_mem_free(c->skip.at);
    td_mem_free(c->lint_policy.at);
    td_mem_free(c->lint_off.at);
    td_json_close(c->doc);
    td_mem_free(c->path);
    td_mem_free(c->dir);
    td_mem_free(c);
}

char *td_config_path(const struct td_config *c, const char *path)
{
    return td_path_join(c->dir, path);
}

int td_config_err_at(const struct td_config *c, const char *dotted_key, struct td_err *err)
{
    const struct td_json *v = at_path(c, dotted_key);
    return v == NULL ? (int)err->rc : td_json_err_at(err, c->doc, v, false);
}

int td_config_err(const struct td_config *c, const char *dotted_key, struct td_err *err, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    td_err_vset(err, TD_C_CONFIG_VALUE, fmt, args);
    va_end(args);
    return td_config_err_at(c, dotted_key, err);
}
