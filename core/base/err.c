#include "core/base/err.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct td_code_info codes[TD_C_COUNT] = {
    [TD_C_NONE] = {"", TD_OK, "no error", ""},
#define TD_CODE(id, number, rc, title, explain) [TD_C_##id] = {number, rc, title, explain},
#include "core/base/codes/all.def"
#undef TD_CODE
};

const struct td_code_info *td_code_info(enum td_code code)
{
    return &codes[code > TD_C_NONE && code < TD_C_COUNT ? code : TD_C_NONE];
}

enum td_code td_code_find(const char *number)
{
    for (int i = TD_C_NONE + 1; i < TD_C_COUNT; i++)
        if (strcasecmp(codes[i].number, number) == 0)
            return (enum td_code)i;
    return TD_C_NONE;
}

void td_err_clear(struct td_err *err)
{
    memset(err, 0, sizeof *err);
}

/* Cut texts end in "..." and never inside a UTF-8 sequence. */
static void put(char *dst, size_t size, const char *fmt, va_list args)
{
    int n = vsnprintf(dst, size, fmt, args);
    if (n < 0) {
        dst[0] = '\0';
        return;
    }
    if ((size_t)n < size)
        return;
    size_t end = size - 4;
    while (end > 0 && ((unsigned char)dst[end] & 0xC0) == 0x80)
        end--;
    memcpy(dst + end, "...", 4);
}

int td_err_vset(struct td_err *err, enum td_code code, const char *fmt, va_list args)
{
    td_err_clear(err);
    err->code = code;
    err->rc = td_code_info(code)->rc;
    put(err->message, sizeof err->message, fmt, args);
    return (int)err->rc;
}

int td_err_set(struct td_err *err, enum td_code code, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int rc = td_err_vset(err, code, fmt, args);
    va_end(args);
    return rc;
}

int td_err_nomem(struct td_err *err)
{
    return td_err_set(err, TD_C_NOMEM, "out of memory");
}

int td_err_errno(struct td_err *err, int errnum, const char *what, const char *path)
{
    enum td_code code = TD_C_IO;
    switch (errnum) {
    case ENOMEM: return td_err_nomem(err);
    case ENOSPC:
    case EDQUOT: code = TD_C_DISK_FULL; break;
    case EROFS: code = TD_C_READ_ONLY; break;
    case EACCES:
    case EPERM: code = TD_C_DENIED; break;
    case ENOENT:
    case ENOTDIR: code = TD_C_NOT_FOUND; break;
    default: break;
    }
    return td_err_set(err, code, "cannot %s \"%s\": %s", what, path, strerror(errnum));
}

int td_err_at(struct td_err *err, const char *path, unsigned line, unsigned column)
{
    snprintf(err->path, sizeof err->path, "%s", path);
    err->line = line;
    err->column = column;
    return (int)err->rc;
}

int td_err_why(struct td_err *err, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    put(err->why, sizeof err->why, fmt, args);
    va_end(args);
    return (int)err->rc;
}

int td_err_next(struct td_err *err, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    put(err->next, sizeof err->next, fmt, args);
    va_end(args);
    return (int)err->rc;
}

int td_err_sqlstate(struct td_err *err, const char *sqlstate)
{
    snprintf(err->sqlstate, sizeof err->sqlstate, "%s", sqlstate ? sqlstate : "");
    return (int)err->rc;
}

int td_err_wrap(struct td_err *err, const char *fmt, ...)
{
    char old[sizeof err->message];
    char front[256];
    va_list args;

    memcpy(old, err->message, sizeof old);
    va_start(args, fmt);
    put(front, sizeof front, fmt, args);
    va_end(args);
    int n = snprintf(err->message, sizeof err->message, "%s: ", front);
    if (n > 0 && (size_t)n < sizeof err->message) {
        size_t room = sizeof err->message - (size_t)n - 1;
        size_t len = strnlen(old, room);
        memcpy(err->message + n, old, len);
        err->message[(size_t)n + len] = '\0';
    }
    return (int)err->rc;
}

void td_assert_failed(const char *cond, const char *file, int line)
{
    fprintf(stderr, "tandem: bug at %s:%d: %s does not hold\n", file, line, cond);
    abort();
}
