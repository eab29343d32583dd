/* concat, format and the quoting functions. */
#include <string.h>

#include "core/base/keyword.h"
#include "core/base/utf8.h"
#include "drivers/sqlite/functions/call.h"

static void add_arg(struct td_fn_call *c, int i)
{
    struct td_fn_str s = td_fn_text(c, i);
    td_buf_add_n(&c->out, s.at, s.len);
}

static int concat(struct td_fn_call *c, struct td_err *err)
{
    for (int i = 0; i < c->n; i++)
        add_arg(c, i);
    return td_fn_done(c, err);
}

static int concat_ws(struct td_fn_call *c, struct td_err *err)
{
    bool any = false;
    if (td_fn_null(c, 0))
        return TD_OK;
    for (int i = 1; i < c->n; i++) {
        if (td_fn_null(c, i))
            continue;
        if (any)
            add_arg(c, 0);
        any = true;
        add_arg(c, i);
    }
    return td_fn_done(c, err);
}

static void add_quoted(struct td_buf *out, struct td_fn_str s, char quote)
{
    bool slash = quote == '\'' && memchr(s.at, '\\', s.len) != NULL;
    td_buf_add(out, slash ? "E" : "");
    td_buf_char(out, quote);
    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] == quote || (slash && s.at[i] == '\\'))
            td_buf_char(out, s.at[i]);
        td_buf_char(out, s.at[i]);
    }
    td_buf_char(out, quote);
}

static void add_ident(struct td_buf *out, struct td_fn_str s)
{
    if (td_name_is_plain(s.at, s.len))
        td_buf_add_n(out, s.at, s.len);
    else
        add_quoted(out, s, '"');
}

static int quote_ident(struct td_fn_call *c, struct td_err *err)
{
    add_ident(&c->out, td_fn_text(c, 0));
    return td_fn_done(c, err);
}

static int quote_literal(struct td_fn_call *c, struct td_err *err)
{
    add_quoted(&c->out, td_fn_text(c, 0), '\'');
    return td_fn_done(c, err);
}

static int quote_nullable(struct td_fn_call *c, struct td_err *err)
{
    if (td_fn_null(c, 0))
        td_buf_add(&c->out, "NULL");
    else
        add_quoted(&c->out, td_fn_text(c, 0), '\'');
    return td_fn_done(c, err);
}

/* One %[position$][-][width]type; *p is behind the percent sign. */
struct spec {
    const char *p, *end;
    int next; /* argument that comes next */
    int arg;
    int width;
    bool left;
    bool overflow; /* a number does not fit an integer */
};

static bool digits(struct spec *s, int *out)
{
    bool any = false;
    for (*out = 0; s->p < s->end && *s->p >= '0' && *s->p <= '9'; s->p++, any = true)
        if (__builtin_mul_overflow(*out, 10, out) || __builtin_add_overflow(*out, *s->p - '0', out))
            s->overflow = true;
    return any;
}

static int out_of_range(struct td_err *err)
{
    return td_fn_fail(err, "22003", "number is out of range");
}

/* The width that an argument gives: *, or *n$. */
static int width_from_arg(struct td_fn_call *c, struct spec *s, struct td_err *err)
{
    int arg = s->next;
    int32_t width = 0;
    s->p++;
    int n;
    if (digits(s, &n)) {
        if (s->p == s->end || *s->p != '$')
            return td_fn_fail(err, "22023", "width argument position must be ended by \"$\"");
        if (n == 0)
            return td_fn_fail(err, "22023", "format specifies argument 0, but arguments are numbered from 1");
        s->p++;
        arg = n;
    }
    if (arg >= c->n)
        return td_fn_fail(err, "22023", "too few arguments for format()");
    int rc = td_fn_null(c, arg) ? TD_OK : td_fn_int4(c, arg, &width, err);
    s->next = arg + 1;
    if (width == INT32_MIN || s->overflow)
        return out_of_range(err);
    if (width < 0)
        s->left = true;
    s->width = width < 0 ? -width : width;
    return rc;
}

static int read_spec(struct td_fn_call *c, struct spec *s, struct td_err *err)
{
    int n;
    s->arg = 0;
    s->width = 0;
    s->left = false;
    const char *start = s->p;
    if (digits(s, &n)) {
        if (s->p < s->end && *s->p == '$') {
            if (n == 0)
                return td_fn_fail(err, "22023", "format specifies argument 0, but arguments are numbered from 1");
            s->arg = n;
            s->p++;
        } else {
            s->p = start;
        }
    }
    while (s->p < s->end && *s->p == '-') {
        s->left = true;
        s->p++;
    }
    if (s->p < s->end && *s->p == '*')
        return width_from_arg(c, s, err);
    if (digits(s, &n))
        s->width = n;
    return s->overflow ? out_of_range(err) : TD_OK;
}

/* What could not be returned is not begun: the memory for it would be the machine's. */
static int add_blanks(struct td_fn_call *c, int n, struct td_err *err)
{
    if (n > 0 && n >= sqlite3_limit(sqlite3_context_db_handle(c->ctx), SQLITE_LIMIT_LENGTH, -1))
        return td_fn_fail(err, "54000", "requested length too large");
    for (int i = 0; i < n; i++)
        td_buf_char(&c->out, ' ');
    return TD_OK;
}

static int add_spec(struct td_fn_call *c, struct spec *s, struct td_err *err)
{
    struct td_buf value;
    char type = s->p < s->end ? *s->p++ : '\0';
    if (type == '\0')
        return td_fn_fail(err, "22023", "unterminated format() type specifier");
    if (type != 's' && type != 'I' && type != 'L')
        return td_fn_fail(err, "22023", "unrecognized format() type specifier \"%c\"", type);
    int arg = s->arg > 0 ? s->arg : s->next;
    if (arg >= c->n)
        return td_fn_fail(err, "22023", "too few arguments for format()");
    s->next = arg + 1;
    td_buf_init(&value, c->arena);
    struct td_fn_str text = td_fn_text(c, arg);
    if (td_fn_null(c, arg)) {
        if (type == 'I')
            return td_fn_fail(err, "22004", "null values cannot be formatted as an SQL identifier");
        td_buf_add(&value, type == 'L' ? "NULL" : "");
    } else if (type == 'I') {
        add_ident(&value, text);
    } else if (type == 'L') {
        add_quoted(&value, text, '\'');
    } else {
        td_buf_add_n(&value, text.at, text.len);
    }
    int chars = (int)td_utf8_chars(td_buf_str(&value), value.len);
    int rc = s->left ? TD_OK : add_blanks(c, s->width - chars, err);
    td_buf_add_n(&c->out, td_buf_str(&value), value.len);
    return rc == TD_OK && s->left ? add_blanks(c, s->width - chars, err) : rc;
}

static int format(struct td_fn_call *c, struct td_err *err)
{
    if (td_fn_null(c, 0))
        return TD_OK;
    struct td_fn_str f = td_fn_text(c, 0);
    struct spec s = {.p = f.at, .end = f.at + f.len, .next = 1};
    while (s.p < s.end) {
        if (*s.p != '%') {
            td_buf_char(&c->out, *s.p++);
            continue;
        }
        if (++s.p < s.end && *s.p == '%') {
            td_buf_char(&c->out, *s.p++);
            continue;
        }
        int rc = read_spec(c, &s, err);
        if (rc == TD_OK)
            rc = add_spec(c, &s, err);
        if (rc != TD_OK)
            return rc;
    }
    return td_fn_done(c, err);
}

const struct td_fn td_fn_formats[] = {
    {"pg_concat", 0, -1, 0, concat},
    {"pg_concat_ws", 1, -1, 0, concat_ws},
    {"pg_format", 1, -1, 0, format},
    {"pg_quote_ident", 1, 1, TD_FN_STRICT, quote_ident},
    {"pg_quote_literal", 1, 1, TD_FN_STRICT, quote_literal},
    {"pg_quote_nullable", 1, 1, 0, quote_nullable},
    {NULL, 0, 0, 0, NULL},
};
