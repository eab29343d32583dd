/* Reading and writing our own JSON: tandem.json, what libpg_query prints, our --json output. Users' values never pass
 * through here (jsontext.h): numbers become doubles. The only home of cJSON. */
#ifndef TD_BASE_JSON_H
#define TD_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/err.h"

struct td_json_doc;
struct td_json; /* one value; borrowed until td_json_close of its document */

enum td_json_kind {
    TD_JSON_NONE = 0, /* of NULL: not there */
    TD_JSON_NULL,
    TD_JSON_BOOL,
    TD_JSON_NUMBER,
    TD_JSON_STRING,
    TD_JSON_ARRAY,
    TD_JSON_OBJECT
};

/* `path` names the file in errors ("" for none). TD_EDATA with line and column: syntax, a key twice in one object,
 * \u0000 in a string, nesting past 1000. `*out` is owned: td_json_close. */
TD_MUST_CHECK int td_json_parse(const char *text, size_t len, const char *path, struct td_json_doc **out,
                                struct td_err *err);
void td_json_close(struct td_json_doc *doc); /* NULL is fine */
void td_json_close_void(void *doc);          /* for td_arena_defer */
const struct td_json *td_json_root(const struct td_json_doc *doc);

/* All of these take NULL, and a value of another kind, as "not there". */
enum td_json_kind td_json_kind(const struct td_json *v);
const char *td_json_kind_name(enum td_json_kind kind); /* "a string", "an object" ... for messages */
const struct td_json *td_json_get(const struct td_json *object, const char *key); /* letter case counts */
const struct td_json *td_json_first(const struct td_json *v); /* of an array or object, in the text's order */
const struct td_json *td_json_next(const struct td_json *v);
const struct td_json *td_json_item(const struct td_json *array, size_t index); /* walks: prefer first/next */
size_t td_json_len(const struct td_json *v);
const char *td_json_key(const struct td_json *v);  /* of an object's member, else NULL */
const char *td_json_text(const struct td_json *v); /* of a string, else NULL */
bool td_json_true(const struct td_json *v);
bool td_json_int(const struct td_json *v, int64_t *out); /* false when it is no whole number below 2^53 */

/* Appends the value as JSON on one line. */
void td_json_print(const struct td_json *v, struct td_buf *out);

/* 1-based place of a value (or of its key) in the text. */
void td_json_place(const struct td_json_doc *doc, const struct td_json *v, bool of_key, unsigned *line,
                   unsigned *column);
/* td_err_at with the document's path and the place of `v`; returns err->rc. */
int td_json_err_at(struct td_err *err, const struct td_json_doc *doc, const struct td_json *v, bool of_key);

/* Writing: commas and indentation by themselves. `key` is NULL inside arrays and at the top. A NULL string is null. */
struct td_json_writer {
    struct td_buf *out;
    int indent; /* spaces a level; 0: one line */
    int depth;
    bool filled;                                                    /* the level has a member already */
    void (*mask)(struct td_buf *out, const char *text, size_t len); /* texts pass it on their way; NULL: none */
};
void td_json_object(struct td_json_writer *w, const char *key);
void td_json_object_end(struct td_json_writer *w);
void td_json_array(struct td_json_writer *w, const char *key);
void td_json_array_end(struct td_json_writer *w);
void td_json_put_text(struct td_json_writer *w, const char *key, const char *text);
void td_json_put_exact(struct td_json_writer *w, const char *key, const char *text); /* a text that `mask` is not for */
void td_json_put_int(struct td_json_writer *w, const char *key, int64_t v);
void td_json_put_bool(struct td_json_writer *w, const char *key, bool v);
void td_json_put_null(struct td_json_writer *w, const char *key);
void td_json_put_raw(struct td_json_writer *w, const char *key, const char *json); /* valid JSON as it is */

#endif
