/* The writer of json.h: text goes straight into the buffer. */
#include <string.h>

#include "core/base/json.h"
#include "core/base/jsontext.h"
#include "core/base/utf8.h"

static void new_line(struct td_json_writer *w)
{
    if (w->indent == 0 || (w->depth == 0 && !w->filled))
        return;
    td_buf_char(w->out, '\n');
    for (int i = 0; i < w->indent * w->depth; i++)
        td_buf_char(w->out, ' ');
}

static void start(struct td_json_writer *w, const char *key)
{
    if (w->filled)
        td_buf_char(w->out, ',');
    if (w->depth > 0)
        new_line(w);
    w->filled = true;
    if (key == NULL)
        return;
    td_jsontext_string(w->out, key, strlen(key));
    td_buf_add(w->out, w->indent > 0 ? ": " : ":");
}

/* Not in need of more than JSON's own escapes? */
static bool is_plain(const char *text, size_t len)
{
    for (size_t i = 0; i < len;) {
        uint32_t cp;
        size_t n = td_utf8_next(text + i, len - i, &cp);
        if ((cp >= 0x7F && cp < 0xA0) || (cp == 0xFFFD && n == 1))
            return false;
        i += n;
    }
    return true;
}

/* Names of files are any bytes, and JSON is UTF-8: what is none becomes U+FFFD. Control characters that JSON would let
 * stand are escaped, too: an answer may be shown on a terminal. */
static void put_string(struct td_buf *out, const char *text)
{
    size_t len = strlen(text);
    if (is_plain(text, len)) {
        td_jsontext_string(out, text, len);
        return;
    }
    td_buf_char(out, '"');
    for (size_t i = 0; i < len;) {
        uint32_t cp;
        size_t n = td_utf8_next(text + i, len - i, &cp);
        if (cp == '"' || cp == '\\')
            td_buf_printf(out, "\\%c", (char)cp);
        else if (cp < 0x20 || (cp >= 0x7F && cp < 0xA0) || cp == 0xFFFD)
            td_buf_printf(out, "\\u%04x", cp);
        else
            td_buf_add_n(out, text + i, n);
        i += n;
    }
    td_buf_char(out, '"');
}

static void open_level(struct td_json_writer *w, const char *key, char bracket)
{
    start(w, key);
    td_buf_char(w->out, bracket);
    w->depth++;
    w->filled = false;
}

static void close_level(struct td_json_writer *w, char bracket)
{
    bool filled = w->filled;
    w->depth--;
    w->filled = true;
    if (filled)
        new_line(w);
    td_buf_char(w->out, bracket);
}

void td_json_object(struct td_json_writer *w, const char *key)
{
    open_level(w, key, '{');
}

void td_json_object_end(struct td_json_writer *w)
{
    close_level(w, '}');
}

void td_json_array(struct td_json_writer *w, const char *key)
{
    open_level(w, key, '[');
}

void td_json_array_end(struct td_json_writer *w)
{
    close_level(w, ']');
}

void td_json_put_raw(struct td_json_writer *w, const char *key, const char *json)
{
    start(w, key);
    td_buf_add(w->out, json);
}

void td_json_put_exact(struct td_json_writer *w, const char *key, const char *text)
{
    if (text == NULL) {
        td_json_put_null(w, key);
        return;
    }
    start(w, key);
    put_string(w->out, text);
}

void td_json_put_text(struct td_json_writer *w, const char *key, const char *text)
{
    struct td_buf masked = {0};
    if (text == NULL || w->mask == NULL) {
        td_json_put_exact(w, key, text);
        return;
    }
    w->mask(&masked, text, strlen(text));
    td_json_put_exact(w, key, td_buf_str(&masked));
    if (masked.failed != TD_OK)
        w->out->failed = masked.failed;
    td_buf_deinit(&masked);
}

void td_json_put_int(struct td_json_writer *w, const char *key, int64_t v)
{
    start(w, key);
    td_buf_int(w->out, v);
}

void td_json_put_bool(struct td_json_writer *w, const char *key, bool v)
{
    td_json_put_raw(w, key, v ? "true" : "false");
}

void td_json_put_null(struct td_json_writer *w, const char *key)
{
    td_json_put_raw(w, key, "null");
}
