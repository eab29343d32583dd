#include "core/sql/source.h"

#include <stdbool.h>
#include <string.h>

#include "core/base/arena.h"

/* Characters are counted once, up to each multiple of STRIDE: a line may be as long as the file. */
#define STRIDE 256

static bool starts_character(char c)
{
    return ((unsigned char)c & 0xC0) != 0x80;
}

static unsigned characters(const char *text, size_t len)
{
    unsigned n = 0;
    for (size_t i = 0; i < len; i++)
        n += starts_character(text[i]);
    return n;
}

/* As PostgreSQL's clients count lines: \n, \r\n and \r alone end one. */
static bool ends_line(const char *text, size_t i, size_t len)
{
    return text[i] == '\n' || (text[i] == '\r' && (i + 1 == len || text[i + 1] != '\n'));
}

static void count_characters(struct td_arena *a, struct td_source *s)
{
    unsigned n = 0;
    s->characters = td_arena_alloc(a, (s->len / STRIDE + 1) * sizeof *s->characters);
    for (size_t at = 0, i = 0; at <= s->len; at += STRIDE, i++) {
        s->characters[i] = n;
        n += characters(s->text + at, s->len - at < STRIDE ? s->len - at : STRIDE);
    }
}

void td_source_init(struct td_arena *a, struct td_source *s, const char *path, const char *text, size_t len)
{
    size_t n = 1, at = 0;
    for (size_t i = 0; i < len; i++)
        n += ends_line(text, i, len);
    s->path = path;
    s->text = text;
    s->len = len;
    s->lines = td_arena_alloc(a, n * sizeof *s->lines);
    s->n_lines = n;
    s->lines[0] = 0;
    if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        s->lines[0] = 3; /* no editor counts a byte order mark as a column */
    for (size_t i = 0; i < len; i++) {
        if (ends_line(text, i, len))
            s->lines[++at] = i + 1;
    }
    count_characters(a, s);
}

static size_t line_of(const struct td_source *s, size_t offset)
{
    size_t lo = 0, hi = s->n_lines;
    while (hi - lo > 1) {
        size_t mid = lo + (hi - lo) / 2;
        if (s->lines[mid] <= offset)
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}

static unsigned characters_before(const struct td_source *s, size_t offset)
{
    size_t at = offset / STRIDE;
    return s->characters[at] + characters(s->text + at * STRIDE, offset % STRIDE);
}

void td_source_place(const struct td_source *s, size_t offset, unsigned *line, unsigned *column)
{
    size_t l;
    if (offset > s->len)
        offset = s->len;
    l = line_of(s, offset);
    *line = (unsigned)(l + 1);
    if (offset < s->lines[l])
        offset = s->lines[l];
    *column = characters_before(s, offset) - characters_before(s, s->lines[l]) + 1;
}

static size_t line_end(const struct td_source *s, size_t line)
{
    size_t end = line + 1 < s->n_lines ? s->lines[line + 1] - 1 : s->len;
    while (end > s->lines[line] && (s->text[end - 1] == '\r' || s->text[end - 1] == '\n'))
        end--;
    return end;
}

/* A long line is cut around the place, at characters. */
static void set_excerpt(struct td_err *err, const struct td_source *s, size_t line, size_t offset)
{
    size_t room = sizeof err->excerpt - 1, from = s->lines[line], to = line_end(s, line);
    if (to - from > room) {
        if (offset > from + room / 2)
            from = offset - room / 2;
        while (from < to && !starts_character(s->text[from]))
            from++;
        if (to - from > room)
            to = from + room;
        while (to > from && to < s->len && !starts_character(s->text[to]))
            to--;
    }
    memcpy(err->excerpt, s->text + from, to - from);
    err->excerpt[to - from] = '\0';
    for (char *p = err->excerpt; *p != '\0'; p++) {
        if (*p == '\t')
            *p = ' ';
    }
    err->excerpt_column = characters(s->text + from, offset > from ? offset - from : 0) + 1;
}

int td_err_source(struct td_err *err, const struct td_source *s, size_t offset, size_t len)
{
    unsigned line, column;
    size_t end;
    if (offset > s->len)
        offset = s->len;
    td_source_place(s, offset, &line, &column);
    td_err_at(err, s->path == NULL ? "" : s->path, line, column);
    end = line_end(s, line - 1);
    if (offset + len > end)
        len = end > offset ? end - offset : 0;
    err->width = characters(s->text + offset, len);
    if (err->width == 0)
        err->width = 1;
    set_excerpt(err, s, line - 1, offset);
    return (int)err->rc;
}
