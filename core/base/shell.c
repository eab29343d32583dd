#include "core/base/shell.h"

#include <ctype.h>
#include <string.h>

#include "core/base/utf8.h"

enum need { AS_IT_IS, QUOTES, ESCAPES };

static enum need need_of(const char *word)
{
    size_t len = strlen(word);
    enum need need = len == 0 || word[0] == '~' ? QUOTES : AS_IT_IS;
    for (size_t i = 0; i < len;) {
        uint32_t cp;
        size_t n = td_utf8_next(word + i, len - i, &cp);
        if (cp < ' ' || (cp >= 0x7F && cp < 0xA0) || (cp == 0xFFFD && n == 1))
            return ESCAPES;
        if (cp < 0x80 && !isalnum((int)cp) && strchr("_./:@%+=,-~^", (int)cp) == NULL)
            need = QUOTES;
        i += n;
    }
    return need;
}

static void add_quoted(struct td_buf *b, const char *word)
{
    td_buf_char(b, '\'');
    for (; *word != '\0'; word++) {
        if (*word == '\'')
            td_buf_add(b, "'\\''");
        else
            td_buf_char(b, *word);
    }
    td_buf_char(b, '\'');
}

/* bash, zsh and ksh read it; three octal digits end by themselves, unlike \x. */
static void add_escaped(struct td_buf *b, const char *word)
{
    td_buf_add(b, "$'");
    for (; *word != '\0'; word++) {
        unsigned char c = (unsigned char)*word;
        if (c < ' ' || c >= 0x7F)
            td_buf_printf(b, "\\%03o", c);
        else if (c == '\'' || c == '\\')
            td_buf_printf(b, "\\%c", c);
        else
            td_buf_char(b, (char)c);
    }
    td_buf_char(b, '\'');
}

void td_shell_word(struct td_buf *b, const char *word)
{
    switch (need_of(word)) {
    case AS_IT_IS: td_buf_add(b, word); break;
    case QUOTES: add_quoted(b, word); break;
    case ESCAPES: add_escaped(b, word); break;
    }
}

int td_shell_next(struct td_err *err, const char *fmt, ...)
{
    struct td_buf b = {0};
    va_list args;
    va_start(args, fmt);
    for (const char *p = fmt; *p != '\0'; p++) {
        if (*p != '%') {
            td_buf_char(&b, *p);
        } else if (*++p == 's') {
            td_shell_word(&b, va_arg(args, const char *));
        } else {
            TD_ASSERT(*p == '%');
            td_buf_char(&b, '%');
        }
    }
    va_end(args);
    td_err_next(err, "%s", td_buf_str(&b));
    td_buf_deinit(&b);
    return (int)err->rc;
}
