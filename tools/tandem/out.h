/* What the program says: the answer on stdout (text, or one JSON object), talk on stderr. */
#ifndef TD_TANDEM_OUT_H
#define TD_TANDEM_OUT_H

#include <stdbool.h>
#include <stdio.h>

#include "core/base/json.h"

struct td_globals;

enum td_color { TD_PLAIN, TD_BOLD, TD_DIM, TD_RED, TD_GREEN, TD_YELLOW, TD_BLUE };

struct td_out {
    bool json, quiet, verbose, trace;
    bool data_raw;             /* stdout is no terminal: data goes out byte for byte */
    bool color_out, color_err; /* may stdout, stderr have colour? */
    bool terminal;             /* stderr is one: progress rewrites its line */
    bool line_open;            /* a progress line is on it */
    struct td_buf buf;         /* the JSON answer */
    struct td_json_writer w;
};

/* Names and texts may be anybody's. What a terminal would act on is shown as "?": control characters, those that turn
 * the direction of text, bytes that are no UTF-8. `newline` stands for a line feed, `tab` for a tab. Passwords of URLs
 * are masked: what the program shows passes here, or through td_out_json's writer. */
void td_out_clean(struct td_buf *out, const char *text, size_t len, const char *newline, const char *tab);

/* `json` may still change before the first td_out_json. */
void td_out_init(struct td_out *o, const struct td_globals *g);

/* The JSON answer: one object, opened at the first call with "schema" and "command"; commands add their members. */
struct td_json_writer *td_out_json(struct td_out *o, const char *command);
/* Closes and writes what is open, checks that stdout took it all. */
TD_MUST_CHECK int td_out_finish(struct td_out *o, struct td_err *err);

/* All of these print cleaned text. Where a format is taken, a line end within an argument becomes a blank; conversions
 * are %s, %d, %u with l or z, width (of %s) and precision, no others. */
void td_out_answer(const struct td_out *o, const char *fmt, ...) TD_PRINTF(2, 3); /* text, to stdout; not with --json */
void td_out_paint(const struct td_out *o, enum td_color c, const char *text);     /* the same in a colour */
void td_out_text(const struct td_out *o, const char *text);              /* lines and all, to stdout; not with --json */
void td_out_say(struct td_out *o, const char *fmt, ...) TD_PRINTF(2, 3); /* a line to stderr; not with -q */
void td_out_detail(struct td_out *o, const char *fmt, ...) TD_PRINTF(2, 3); /* a line to stderr, with -v */
void td_out_trace(struct td_out *o, const char *fmt, ...) TD_PRINTF(2, 3);  /* a line to stderr, with --trace */
/* SQL, for stdout: cleaned on a terminal alone, as another program reads it byte for byte; not with --json. */
void td_out_data(const struct td_out *o, const char *text, size_t len);
/* The one answer that is a secret, as it is, with a line end; not with --json (td_json_put_exact). */
void td_out_secret(const struct td_out *o, const char *text);
void td_out_sql(const struct td_out *o, const char *statement); /* with a semicolon and a line end */
/* What is being done, on a line that the next one replaces; only where `terminal` is set. */
void td_out_status(struct td_out *o, const char *fmt, ...) TD_PRINTF(2, 3);
void td_out_clear_line(struct td_out *o); /* takes a progress line away before something else is printed */

/* Escape sequences, "" without colour. */
const char *td_color_code(bool on, enum td_color c);
const char *td_color_end(bool on);

/* "12 ms", "3.4 s", "2 min 5 s". */
void td_out_duration(int64_t ms, char out[32]);

#endif
