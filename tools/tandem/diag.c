#include "tools/tandem/diag.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/utf8.h"
#include "core/config/url.h"
#include "tools/tandem/out.h"

static const char *severity_name(enum td_severity s)
{
    return s == TD_SEV_ERROR ? "error" : "warning";
}

static void add_clean(struct td_buf *out, const char *text, const char *newline)
{
    td_out_clean(out, text, strlen(text), newline, " ");
}

static void add_place(const struct td_err *e, bool color, int gutter, struct td_buf *out)
{
    const char *dim = td_color_code(color, TD_BLUE), *end = td_color_end(color);
    td_buf_printf(out, "%*s%s-->%s ", gutter, "", dim, end);
    add_clean(out, e->path, " ");
    if (e->line > 0)
        td_buf_printf(out, ":%u", e->line);
    if (e->line > 0 && e->column > 0)
        td_buf_printf(out, ":%u", e->column);
    td_buf_char(out, '\n');
}

static size_t shown_width(const char *text, size_t len)
{
    struct td_buf b = {0};
    td_out_clean(&b, text, len, " ", " ");
    size_t width = td_utf8_width(td_buf_str(&b), b.len);
    td_buf_deinit(&b);
    return width;
}

static void add_excerpt(const struct td_err *e, bool color, int gutter, struct td_buf *out)
{
    const char *dim = td_color_code(color, TD_BLUE), *end = td_color_end(color);
    size_t len = strlen(e->excerpt);
    td_buf_printf(out, "%*s %s|%s\n", gutter, "", dim, end);
    td_buf_printf(out, "%s%*u |%s ", dim, gutter, e->line, end);
    add_clean(out, e->excerpt, " ");
    td_buf_printf(out, "\n%*s %s|%s", gutter, "", dim, end);
    if (e->excerpt_column > 0) {
        size_t from = td_utf8_bytes(e->excerpt, len, e->excerpt_column - 1);
        size_t to = from + td_utf8_bytes(e->excerpt + from, len - from, e->width > 0 ? e->width : 1);
        size_t before = shown_width(e->excerpt, from), carets = shown_width(e->excerpt + from, to - from);
        td_buf_printf(out, " %*s%s", (int)before, "", td_color_code(color, TD_RED));
        for (size_t i = 0; i < (carets > 0 ? carets : 1); i++)
            td_buf_char(out, '^');
        td_buf_add(out, td_color_end(color));
    }
    td_buf_char(out, '\n');
}

static void add_line(struct td_buf *out, bool color, int gutter, const char *label, const char *text)
{
    if (*text == '\0')
        return;
    td_buf_printf(out, "%*s %s=%s %s", gutter, "", td_color_code(color, TD_BLUE), td_color_end(color), label);
    add_clean(out, text, "\n   |       "); /* a line that began with its text could be a CI system's command */
    td_buf_char(out, '\n');
}

void td_diag_text(const struct td_err *e, enum td_severity severity, bool color, struct td_buf *out)
{
    const char *code = td_code_info(e->code)->number;
    int gutter = e->line > 0 ? snprintf(NULL, 0, "%u", e->line) : 1;
    bool excerpt = e->path[0] != '\0' && e->line > 0 && e->excerpt[0] != '\0';

    gutter = gutter < 2 ? 2 : gutter;
    td_buf_add(out, td_color_code(color, severity == TD_SEV_ERROR ? TD_RED : TD_YELLOW));
    td_buf_add(out, severity_name(severity));
    if (*code != '\0')
        td_buf_printf(out, "[%s]", code);
    td_buf_printf(out, "%s: ", td_color_end(color));
    add_clean(out, e->message, " ");
    if (e->sqlstate[0] != '\0')
        td_buf_printf(out, " (SQLSTATE %s)", e->sqlstate);
    td_buf_char(out, '\n');
    if (e->path[0] != '\0')
        add_place(e, color, gutter, out);
    if (excerpt)
        add_excerpt(e, color, gutter, out);
    add_line(out, color, gutter, "why:  ", e->why);
    if (e->next[0] != '\0') {
        add_line(out, color, gutter, "next: ", e->next);
    } else if (*code != '\0') {
        char explain[64];
        snprintf(explain, sizeof explain, "`tandem explain %s` says more.", code);
        add_line(out, color, gutter, "next: ", explain);
    }
}

/* The closing quote of the one at `p`, or the last character. */
static const char *quote_end(const char *p)
{
    bool escapes = p[-1] == '$';
    while (p[1] != '\0') {
        p++;
        if (*p == '\'')
            break;
        p += escapes && *p == '\\' && p[1] != '\0';
    }
    return p;
}

/* Past a word of a command, read as the shell does: what is quoted may hold anything. */
static const char *word_end(const char *p)
{
    for (; *p != '\0' && *p != ' ' && *p != ';' && *p != '`'; p++) {
        if (*p == '\'')
            p = quote_end(p);
        else if (*p == '\\' && p[1] != '\0')
            p++;
    }
    return p;
}

const char *td_diag_command(const char *text, const char *from, size_t *len)
{
    for (const char *p = strstr(from, "tandem "); p != NULL; p = strstr(p + 1, "tandem ")) {
        bool begins = p == text || p[-1] == '`' || (p - text >= 2 && p[-1] == ' ' && p[-2] == ' ');
        if (!begins)
            continue;
        const char *end = word_end(p);
        while (*end == ' ' && end[1] != ' ')
            end = word_end(end + 1);
        while (end > p && strchr(".,", end[-1]) != NULL)
            end--;
        *len = (size_t)(end - p);
        return p;
    }
    return NULL;
}

static void put_next(const char *next, struct td_json_writer *w)
{
    char command[sizeof((struct td_err *)0)->next] = "";
    size_t len = 0;
    const char *at = td_diag_command(next, next, &len);
    if (at != NULL)
        snprintf(command, sizeof command, "%.*s", (int)len, at);
    td_json_object(w, NULL);
    td_json_put_text(w, "label", next);
    td_json_put_text(w, "command", *command != '\0' ? command : NULL);
    td_json_object_end(w);
}

void td_diag_json(const struct td_err *e, enum td_severity severity, const char *key, struct td_json_writer *w)
{
    const char *code = td_code_info(e->code)->number;
    char explain[64];
    td_json_object(w, key);
    td_json_put_text(w, "code", code);
    td_json_put_text(w, "severity", severity_name(severity));
    td_json_put_text(w, "summary", e->message);
    td_json_put_text(w, "sqlstate", e->sqlstate[0] != '\0' ? e->sqlstate : NULL);
    td_json_put_text(w, "why", e->why[0] != '\0' ? e->why : NULL);
    td_json_array(w, "next");
    if (e->next[0] != '\0')
        put_next(e->next, w);
    snprintf(explain, sizeof explain, "tandem explain %s", code);
    td_json_object(w, NULL);
    td_json_put_text(w, "label", "what this code means");
    td_json_put_text(w, "command", explain);
    td_json_object_end(w);
    td_json_array_end(w);
    if (e->path[0] != '\0') {
        td_json_object(w, "where");
        td_json_put_text(w, "path", e->path);
        td_json_put_int(w, "line", e->line);
        td_json_put_int(w, "column", e->column);
        td_json_put_int(w, "end", e->column > 0 ? e->column + (e->width > 0 ? e->width : 1) : 0);
        td_json_object_end(w);
    } else {
        td_json_put_null(w, "where");
    }
    td_json_put_null(w, "url"); /* the explanation is offline: `tandem explain CODE` */
    td_json_object_end(w);
}

static void add_github(struct td_buf *out, const char *text, bool property)
{
    struct td_buf masked = {0}; /* whole: below it goes out in pieces */
    td_url_mask(&masked, text, strlen(text));
    for (const char *p = td_buf_str(&masked); *p != '\0'; p++) {
        size_t len = strcspn(p, "%\r\n:,");
        td_out_clean(out, p, len, " ", " ");
        p += len;
        if (*p == '\0')
            break;
        if (strchr("%\r\n", *p) != NULL || property)
            td_buf_printf(out, "%%%02X", (unsigned)(unsigned char)*p);
        else
            td_buf_char(out, *p);
    }
    td_buf_deinit(&masked);
}

void td_diag_github(const struct td_err *e, enum td_severity severity, struct td_buf *out)
{
    td_buf_printf(out, "::%s ", severity_name(severity));
    if (e->path[0] != '\0') {
        td_buf_add(out, "file=");
        add_github(out, e->path, true);
        td_buf_printf(out, ",line=%u,col=%u,", e->line, e->column);
    }
    td_buf_add(out, "title=");
    add_github(out, td_code_info(e->code)->number, true);
    td_buf_add(out, "::");
    add_github(out, e->message, false);
    if (e->next[0] != '\0') {
        add_github(out, "\n", false);
        add_github(out, e->next, false);
    }
    td_buf_char(out, '\n');
}

bool td_diag_wants_github(void)
{
    const char *on = getenv("GITHUB_ACTIONS");
    return on != NULL && strcmp(on, "true") == 0;
}
