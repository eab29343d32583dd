/* The text is checked by jsontext first, which is strict and knows places; cJSON then only builds the tree. A value's
 * place is found on demand: its number in the tree's order is its number in the text's order. */
#include "core/base/json.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/jsontext.h"
#include "core/base/mem.h"

#define TREE_DEPTH 1000 /* CJSON_NESTING_LIMIT */

struct td_json_doc {
    cJSON *root;
    char *text;
    size_t len;
    char *path;
};

static const cJSON *tree(const struct td_json *v)
{
    return (const cJSON *)v;
}

static const struct td_json *opaque(const cJSON *v)
{
    return (const struct td_json *)v;
}

/* cJSON's hooks are global: they are always these, so setting them again is harmless. */
static void use_our_memory(void)
{
    static cJSON_Hooks hooks = {.malloc_fn = td_mem_alloc, .free_fn = td_mem_free};
    cJSON_InitHooks(&hooks);
}

static int by_key(const void *a, const void *b)
{
    return strcmp((*(const cJSON *const *)a)->string, (*(const cJSON *const *)b)->string);
}

static int check_keys(const struct td_json_doc *doc, const cJSON *object, struct td_err *err)
{
    size_t n = 0;
    const cJSON *c;
    cJSON_ArrayForEach(c, object) n++;
    if (n < 2)
        return TD_OK;
    const cJSON **at = td_mem_alloc(n * sizeof *at);
    if (at == NULL)
        return td_err_nomem(err);
    n = 0;
    cJSON_ArrayForEach(c, object) at[n++] = c;
    qsort(at, n, sizeof *at, by_key);
    int rc = TD_OK;
    for (size_t i = 1; i < n && rc == TD_OK; i++) {
        if (strcmp(at[i - 1]->string, at[i]->string) != 0)
            continue;
        td_err_set(err, TD_C_JSON, "key \"%s\" is there twice", at[i]->string);
        rc = td_json_err_at(err, doc, opaque(at[i]), true);
    }
    td_mem_free(at);
    return rc;
}

/* The value after `v` in the text's order, children first. cJSON keeps no parents: recursion, bounded by TREE_DEPTH. */
static int check_all_keys(const struct td_json_doc *doc, const cJSON *v, struct td_err *err)
{
    int rc = cJSON_IsObject(v) ? check_keys(doc, v, err) : TD_OK;
    const cJSON *c;
    cJSON_ArrayForEach(c, v)
    {
        if (rc != TD_OK)
            break;
        if (c->child != NULL)
            rc = check_all_keys(doc, c, err);
    }
    return rc;
}

/* cJSON gives no reason when it stops at its own bound. */
static int check_depth(const char *text, size_t len, struct td_err *err)
{
    int depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < len; i++) {
        if (in_string && text[i] == '\\') {
            i++;
        } else if (text[i] == '"') {
            in_string = !in_string;
        } else if (!in_string && (text[i] == '}' || text[i] == ']')) {
            depth--;
        } else if (!in_string && (text[i] == '{' || text[i] == '[') && ++depth >= TREE_DEPTH) {
            td_err_set(err, TD_C_JSON, "invalid JSON: nested too deeply");
            td_jsontext_place(text, len, i, &err->line, &err->column);
            return (int)err->rc;
        }
    }
    return TD_OK;
}

/* jsonb's rules are the ones for a tree of C strings: \u0000 and lone surrogates are refused, with their place. */
static int check_text(const struct td_json_doc *doc, struct td_err *err)
{
    struct td_buf dropped = {0};
    int rc = td_jsonb_normalise(doc->text, doc->len, &dropped, err);
    td_buf_deinit(&dropped);
    return rc == TD_OK ? check_depth(doc->text, doc->len, err) : rc;
}

static int build(struct td_json_doc *doc, struct td_err *err)
{
    int rc = check_text(doc, err);
    if (rc != TD_OK)
        return rc == TD_EDATA ? td_err_at(err, doc->path, err->line, err->column) : rc;
    use_our_memory();
    doc->root = cJSON_ParseWithLength(doc->text, doc->len);
    return doc->root == NULL ? td_err_nomem(err) : check_all_keys(doc, doc->root, err);
}

int td_json_parse(const char *text, size_t len, const char *path, struct td_json_doc **out, struct td_err *err)
{
    *out = NULL;
    struct td_json_doc *doc = td_mem_zalloc(sizeof *doc);
    if (doc == NULL)
        return td_err_nomem(err);
    doc->text = td_mem_dup(text, len);
    doc->len = len;
    doc->path = td_mem_strdup(path);
    int rc = doc->text == NULL || doc->path == NULL ? td_err_nomem(err) : build(doc, err);
    if (rc != TD_OK) {
        td_json_close(doc);
        return rc;
    }
    *out = doc;
    return TD_OK;
}

void td_json_close(struct td_json_doc *doc)
{
    if (doc == NULL)
        return;
    if (doc->root != NULL)
        cJSON_Delete(doc->root);
    td_mem_free(doc->text);
    td_mem_free(doc->path);
    td_mem_free(doc);
}

void td_json_close_void(void *doc)
{
    td_json_close(doc);
}

const struct td_json *td_json_root(const struct td_json_doc *doc)
{
    return opaque(doc->root);
}

enum td_json_kind td_json_kind(const struct td_json *v)
{
    switch (v == NULL ? 0 : tree(v)->type & 0xFF) {
    case cJSON_NULL: return TD_JSON_NULL;
    case cJSON_False:
    case cJSON_True: return TD_JSON_BOOL;
    case cJSON_Number: return TD_JSON_NUMBER;
    case cJSON_String: return TD_JSON_STRING;
    case cJSON_Array: return TD_JSON_ARRAY;
    case cJSON_Object: return TD_JSON_OBJECT;
    default: return TD_JSON_NONE;
    }
}

const char *td_json_kind_name(enum td_json_kind kind)
{
    static const char *const names[] = {
        [TD_JSON_NONE] = "nothing",     [TD_JSON_NULL] = "null",       [TD_JSON_BOOL] = "true or false",
        [TD_JSON_NUMBER] = "a number",  [TD_JSON_STRING] = "a string", [TD_JSON_ARRAY] = "an array",
        [TD_JSON_OBJECT] = "an object",
    };
    return names[kind];
}

const struct td_json *td_json_get(const struct td_json *object, const char *key)
{
    return td_json_kind(object) == TD_JSON_OBJECT ? opaque(cJSON_GetObjectItemCaseSensitive(tree(object), key)) : NULL;
}

const struct td_json *td_json_first(const struct td_json *v)
{
    return v == NULL ? NULL : opaque(tree(v)->child);
}

const struct td_json *td_json_next(const struct td_json *v)
{
    return v == NULL ? NULL : opaque(tree(v)->next);
}

const struct td_json *td_json_item(const struct td_json *array, size_t index)
{
    const struct td_json *v = td_json_kind(array) == TD_JSON_ARRAY ? td_json_first(array) : NULL;
    for (; v != NULL && index > 0; index--)
        v = td_json_next(v);
    return v;
}

size_t td_json_len(const struct td_json *v)
{
    size_t n = 0;
    for (const struct td_json *c = td_json_first(v); c != NULL; c = td_json_next(c))
        n++;
    return n;
}

const char *td_json_key(const struct td_json *v)
{
    return v == NULL ? NULL : tree(v)->string;
}

const char *td_json_text(const struct td_json *v)
{
    return td_json_kind(v) == TD_JSON_STRING ? tree(v)->valuestring : NULL;
}

bool td_json_true(const struct td_json *v)
{
    return v != NULL && cJSON_IsTrue(tree(v));
}

bool td_json_int(const struct td_json *v, int64_t *out)
{
    if (td_json_kind(v) != TD_JSON_NUMBER)
        return false;
    double d = tree(v)->valuedouble;
    if (!(fabs(d) < 9007199254740992.0) || d != floor(d))
        return false;
    *out = (int64_t)d;
    return true;
}

void td_json_print(const struct td_json *v, struct td_buf *out)
{
    use_our_memory();
    char *text = v == NULL ? NULL : cJSON_PrintUnformatted(tree(v));
    if (text != NULL)
        td_buf_add(out, text);
    else if (out->failed == TD_OK)
        out->failed = TD_ENOMEM;
    td_mem_free(text);
}

/* Counts values in the text's order until `wanted`; true when it was met. */
static bool index_of(const cJSON *v, const cJSON *wanted, size_t *count)
{
    if (v == wanted)
        return true;
    ++*count;
    const cJSON *c;
    cJSON_ArrayForEach(c, v)
    {
        if (index_of(c, wanted, count))
            return true;
    }
    return false;
}

void td_json_place(const struct td_json_doc *doc, const struct td_json *v, bool of_key, unsigned *line,
                   unsigned *column)
{
    size_t count = 0, key = 0, value = 0;
    *line = *column = 0;
    if (v == NULL || !index_of(doc->root, tree(v), &count) ||
        !td_jsontext_locate(doc->text, doc->len, count, &key, &value))
        return;
    td_jsontext_place(doc->text, doc->len, of_key ? key : value, line, column);
}

int td_json_err_at(struct td_err *err, const struct td_json_doc *doc, const struct td_json *v, bool of_key)
{
    unsigned line, column;
    td_json_place(doc, v, of_key, &line, &column);
    return td_err_at(err, doc->path, line, column);
}
