#include "tools/tandem/out.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/base/utf8.h"
#include "core/config/url.h"
#include "tools/tandem/opt.h"

enum { ANSWER_SCHEMA = 1 }; /* version of all JSON answers; members are added, never changed, within it */

/* A terminal that knows escape sequences? */
static bool is_screen(int fd)
{
    const char *term = getenv("TERM");
    return term != NULL && *term != '\0' && strcmp(term, "dumb") != 0 && isatty(fd);
}

static bool may_color(const struct td_globals *g, int fd)
{
    const char *no = getenv("NO_COLOR");
    if (g->color != NULL && strcmp(g->color, "always") == 0)
        return true;
    if (g->color != NULL && strcmp(g->color, "never") == 0)
        return false;
    return (no == NULL || *no == '\0') && is_screen(fd);
}

void td_out_init(struct td_out *o, const struct td_globals *g)
{
    memset(o, 0, sizeof *o);
    o->json = g->json || (g->format != NULL && strcmp(g->format, "json") == 0);
    o->quiet = g->quiet;
    o->verbose = g->verbose || g->trace;
    o->trace = g->trace;
    o->color_out = may_color(g, STDOUT_FILENO);
    o->color_err = may_color(g, STDERR_FILENO);
    o->data_raw = !isatty(STDOUT_FILENO);
    o->terminal = is_screen(STDERR_FILENO) && !o->json && !o->quiet;
}

struct td_json_writer *td_out_json(struct td_out *o, const char *command)
{
    if (o->w.out != NULL)
        return &o->w;
    o->w.out = &o->buf;
    o->w.mask = td_url_mask;
    o->w.indent = isatty(STDOUT_FILENO) ? 2 : 0;
    td_json_object(&o->w, NULL);
    td_json_put_int(&o->w, "schema", ANSWER_SCHEMA);
    td_json_put_text(&o->w, "command", command);
    return &o->w;
}

int td_out_finish(struct td_out *o, struct td_err *err)
{
    int rc = TD_OK;
    td_out_clear_line(o);
    if (o->w.out != NULL) {
        td_json_object_end(&o->w);
        rc = td_buf_check(&o->buf, err);
        if (rc == TD_OK)
            printf("%s\n", td_buf_str(&o->buf));
    }
    if (rc == TD_OK && (fflush(stdout) != 0 || ferror(stdout)))
        rc = td_err_set(err, TD_C_CLI_OUTPUT, "the answer could not be written: %s", strerror(errno));
    td_buf_deinit(&o->buf);
    o->w.out = NULL;
    return rc;
}

static bool turns_direction(uint32_t cp)
{
    return (cp >= 0x202A && cp <= 0x202E) || (cp >= 0x2066 && cp <= 0x2069);
}

static void add_shown(struct td_buf *out, const char *text, size_t len, const char *newline, const char *tab)
{
    for (size_t i = 0; i < len;) {
        uint32_t cp;
        size_t n = td_utf8_next(text + i, len - i, &cp);
        if (cp == '\n')
            td_buf_add(out, newline);
        else if (cp == '\t')
            td_buf_add(out, tab);
        else if (cp == '\r') /* ends lines of files from Windows, and is nothing elsewhere */
            td_buf_add(out, i + 1 < len && text[i + 1] == '\n' ? "" : " ");
        else if (cp < ' ' || (cp >= 0x7F && cp < 0xA0) || (cp == 0xFFFD && n == 1) || turns_direction(cp))
            td_buf_char(out, '?');
        else
            td_buf_add_n(out, text + i, n);
        i += n;
    }
}

void td_out_clean(struct td_buf *out, const char *text, size_t len, const char *newline, const char *tab)
{
    struct td_buf masked = {0};
    td_url_mask(&masked, text, len);
    add_shown(out, td_buf_str(&masked), masked.len, newline, tab);
    if (masked.failed != TD_OK)
        out->failed = masked.failed;
    td_buf_deinit(&masked);
}

static void print_clean(FILE *to, const char *text, size_t len)
{
    struct td_buf b = {0};
    td_out_clean(&b, text, len, "\n", "\t");
    fwrite(td_buf_str(&b), 1, b.len, to);
    td_buf_deinit(&b);
}

static void pad(struct td_buf *out, int n)
{
    for (; n > 0; n--)
        td_buf_char(out, ' ');
}

/* A text of `max` bytes at most (-1: all of it) in a field; a line end in it is a blank. */
static void add_text(struct td_buf *out, const char *text, int width, int max, bool left)
{
    size_t from = out->len;
    const char *shown = text != NULL ? text : "(null)";
    add_shown(out, shown, max < 0 ? strlen(shown) : strnlen(shown, (size_t)max), " ", "\t");
    int missing = width - (int)td_utf8_width(td_buf_str(out) + from, out->len - from);
    pad(out, missing);
    if (missing <= 0 || left || out->failed != TD_OK)
        return;
    memmove(out->at + from + missing, out->at + from, out->len - from - (size_t)missing);
    memset(out->at + from, ' ', (size_t)missing);
}

static int number(const char **p, va_list *args)
{
    int n = 0;
    if (**p == '*') {
        ++*p;
        return va_arg(*args, int);
    }
    for (; **p >= '0' && **p <= '9'; ++*p)
        n = n * 10 + (**p - '0');
    return n;
}

/* One conversion, `p` behind its '%'; returns what follows it. */
static const char *add_conversion(struct td_buf *out, const char *p, va_list *args)
{
    bool left = *p == '-';
    p += left;
    int width = number(&p, args), max = -1, longs = 0;
    if (*p == '.') {
        p++;
        max = number(&p, args);
    }
    for (; *p == 'l' || *p == 'z'; p++)
        longs++;
    switch (*p) {
    case 's': add_text(out, va_arg(*args, const char *), width, max, left); break;
    case 'd': td_buf_int(out, longs > 0 ? va_arg(*args, int64_t) : va_arg(*args, int)); break;
    case 'u': td_buf_int(out, longs > 0 ? (int64_t)va_arg(*args, size_t) : (int64_t)va_arg(*args, unsigned)); break;
    case '%': td_buf_char(out, '%'); break;
    default: TD_ASSERT(!"a conversion that is known");
    }
    return p + 1;
}

/* printf, except that lines are the format's alone: a name that holds a line end must not begin a line of its own,
 * where a CI system would take it for a command. */
static void vprint(FILE *to, const char *fmt, va_list given)
{
    struct td_buf b = {0};
    va_list args;
    va_copy(args, given);
    while (*fmt != '\0') {
        size_t n = strcspn(fmt, "%");
        td_buf_add_n(&b, fmt, n);
        fmt += n;
        if (*fmt == '%')
            fmt = add_conversion(&b, fmt + 1, &args);
    }
    va_end(args);
    print_clean(to, td_buf_str(&b), b.len);
    td_buf_deinit(&b);
}

void td_out_answer(const struct td_out *o, const char *fmt, ...)
{
    va_list args;
    if (o->json)
        return;
    va_start(args, fmt);
    vprint(stdout, fmt, args);
    va_end(args);
}

void td_out_paint(const struct td_out *o, enum td_color c, const char *text)
{
    if (o->json)
        return;
    fputs(td_color_code(o->color_out, c), stdout);
    print_clean(stdout, text, strlen(text));
    fputs(td_color_end(o->color_out), stdout);
}

void td_out_text(const struct td_out *o, const char *text)
{
    if (!o->json)
        print_clean(stdout, text, strlen(text));
}

static void print_data(const char *text, size_t len)
{
    struct td_buf b = {0};
    add_shown(&b, text, len, "\n", "\t");
    fwrite(td_buf_str(&b), 1, b.len, stdout);
    td_buf_deinit(&b);
}

void td_out_data(const struct td_out *o, const char *text, size_t len)
{
    if (o->json)
        return;
    if (o->data_raw)
        fwrite(text, 1, len, stdout);
    else
        print_data(text, len);
}

void td_out_secret(const struct td_out *o, const char *text)
{
    if (!o->json)
        fprintf(stdout, "%s\n", text);
}

void td_out_sql(const struct td_out *o, const char *statement)
{
    td_out_data(o, statement, strlen(statement));
    td_out_data(o, ";\n", 2);
}

void td_out_clear_line(struct td_out *o)
{
    if (o->line_open)
        fputs("\r\033[K", stderr);
    o->line_open = false;
}

/* One line of the terminal: a longer one would wrap, and clearing takes away only its last part. */
static void cut_to_width(struct td_buf *b)
{
    struct winsize size;
    size_t columns = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col - 1 : 79;
    while (b->len > 0 && td_utf8_width(b->at, b->len) > columns)
        b->at[--b->len] = '\0';
    while (b->len > 0 && td_utf8_find_bad(b->at, b->len) != TD_UTF8_VALID) /* cut inside a character */
        b->at[--b->len] = '\0';
}

void td_out_status(struct td_out *o, const char *fmt, ...)
{
    struct td_buf text = {0}, shown = {0};
    va_list args;
    if (!o->terminal)
        return;
    va_start(args, fmt);
    td_buf_vprintf(&text, fmt, args);
    va_end(args);
    td_out_clean(&shown, td_buf_str(&text), text.len, " ", " ");
    cut_to_width(&shown);
    td_out_clear_line(o);
    fputs(td_buf_str(&shown), stderr);
    fflush(stderr);
    o->line_open = true;
    td_buf_deinit(&text);
    td_buf_deinit(&shown);
}

static void line(struct td_out *o, const char *before, const char *fmt, va_list args)
{
    td_out_clear_line(o);
    fputs(before, stderr);
    vprint(stderr, fmt, args);
    fputc('\n', stderr);
}

void td_out_say(struct td_out *o, const char *fmt, ...)
{
    va_list args;
    if (o->quiet || o->json)
        return;
    va_start(args, fmt);
    line(o, "", fmt, args);
    va_end(args);
}

void td_out_detail(struct td_out *o, const char *fmt, ...)
{
    va_list args;
    if (!o->verbose || o->json)
        return;
    va_start(args, fmt);
    line(o, "", fmt, args);
    va_end(args);
}

void td_out_trace(struct td_out *o, const char *fmt, ...)
{
    va_list args;
    if (!o->trace || o->json)
        return;
    va_start(args, fmt);
    line(o, "trace: ", fmt, args);
    va_end(args);
}

const char *td_color_code(bool on, enum td_color c)
{
    static const char *const codes[] = {"", "\033[1m", "\033[2m", "\033[31m", "\033[32m", "\033[33m", "\033[34m"};
    return on ? codes[c] : "";
}

const char *td_color_end(bool on)
{
    return on ? "\033[0m" : "";
}

void td_out_duration(int64_t ms, char out[32])
{
    if (ms < 1000)
        snprintf(out, 32, "%" PRId64 " ms", ms);
    else if (ms < 60000)
        snprintf(out, 32, "%.1f s", (double)ms / 1000);
    else
        snprintf(out, 32, "%" PRId64 " min %" PRId64 " s", ms / 60000, ms / 1000 % 60);
}
