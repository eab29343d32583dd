/* .env files, by the rules of Node's dotenv: `export`, quotes of three kinds, values over several lines, comments;
 * \n and \r are escapes in double quotes only; nothing is expanded; the last of equal keys wins; a line that is no
 * assignment is passed over. A key, its "=" and the start of its value stand on one line. */
#ifndef TD_CONFIG_DOTENV_H
#define TD_CONFIG_DOTENV_H

#include <stddef.h>

#include "core/base/err.h"

struct td_dotenv_entry {
    char *key, *value;
    unsigned line; /* 1-based, of the key */
};

struct td_dotenv {
    char *path; /* as it was given; NULL for text */
    struct td_dotenv_entry *at;
    size_t len, cap;
};

TD_MUST_CHECK int td_dotenv_parse(const char *text, size_t len, struct td_dotenv *out, struct td_err *err);
/* TD_ENOTFOUND when there is no such file. `out` needs no init; deinit it either way. */
TD_MUST_CHECK int td_dotenv_read(const char *path, struct td_dotenv *out, struct td_err *err);
const struct td_dotenv_entry *td_dotenv_find(const struct td_dotenv *d, const char *key); /* NULL: not there */
void td_dotenv_deinit(struct td_dotenv *d);

#endif
