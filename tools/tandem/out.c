#include "tools/tandem/out.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/tandem/opt.h"

enum { ANSWER_SCHEMA = 1 }; /* version of all JSON answers; members are added, never changed, within it */

static bool may_color(const struct td_globals *g, int fd)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    if (g->color != NULL && strcmp(g->color, "always") == 0)
        return true;
    if (g->color != NULL && strcmp(g->color, "never") == 0)
        return false;
    return (no == NULL || *no == '\0') && term != NULL && strcmp(term, "dumb") != 0 && isatty(fd);
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
    o->terminal = isatty(STDERR_FILENO) && !o->json && !o->quiet;
}

struct td_json_writer *td_out_json(struct td_out *o, const char *command)
{
    if (o->w.out != NULL)
        return &o->w;
    o->w.out = &o->buf;
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

void td_out_answer(const struct td_out *o, const char *fmt, ...)
{
    va_list args;
    if (o->json)
        return;
    va_start(args, fmt);
    vprintf(fmt, args);
    va_end(args);
}

void td_out_clear_line(struct td_out *o)
{
    if (o->line_open)
        fputs("\r\033[K", stderr);
    o->line_open = false;
}

static void line(struct td_out *o, const char *fmt, va_list args)
{
    td_out_clear_line(o);
    vfprintf(stderr, fmt, args);
    fputc('\n', stderr);
}

void td_out_say(struct td_out *o, const char *fmt, ...)
{
    va_list args;
    if (o->quiet || o->json)
        return;
    va_start(args, fmt);
    line(o, fmt, args);
    va_end(args);
}

void td_out_detail(struct td_out *o, const char *fmt, ...)
{
    va_list args;
    if (!o->verbose || o->json)
        return;
    va_start(args, fmt);
    line(o, fmt, args);
    va_end(args);
}

void td_out_trace(struct td_out *o, const char *fmt, ...)
{
    va_list args;
    if (!o->trace || o->json)
        return;
    va_start(args, fmt);
    fprintf(stderr, "trace: ");
    line(o, fmt, args);
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
