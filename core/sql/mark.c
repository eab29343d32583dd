#include "core/sql/mark.h"

#include <string.h>
#include <strings.h>

static const struct {
    const char *word;
    enum td_mark_kind kind;
} words[] = {{"postgres", TD_MARK_POSTGRES},
             {"sqlite", TD_MARK_SQLITE},
             {"allow", TD_MARK_ALLOW},
             {"requires", TD_MARK_REQUIRES},
             {"renamed", TD_MARK_RENAMED}};

const struct td_mark *td_marks_find(const struct td_marks *m, enum td_mark_kind kind)
{
    for (size_t i = 0; i < m->len; i++) {
        if (m->at[i].kind == kind)
            return &m->at[i];
    }
    return NULL;
}

static const char *skip_blanks(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    return p;
}

/* The text after "tandem:", or NULL: an ordinary comment. What is meant as a mark is not passed over for a capital. */
static const char *mark_text(const char *p, const char *end)
{
    static const char word[] = "tandem";
    p = skip_blanks(p + 2, end);
    if ((size_t)(end - p) < sizeof word || strncasecmp(p, word, sizeof word - 1) != 0)
        return NULL;
    p = skip_blanks(p + sizeof word - 1, end);
    return p < end && *p == ':' ? skip_blanks(p + 1, end) : NULL;
}

static int wrong(const struct td_source *s, const struct td_comment *c, const char *message, struct td_err *err)
{
    td_err_set(err, TD_C_SQL_MARK, "%s", message);
    td_err_next(err, "Write the mark on its own line right before its statement: -- tandem: postgres, sqlite, "
                     "allow RULE reason, requires backfill NAME or renamed from OLD.");
    return td_err_source(err, s, c->start, c->len);
}

static int read_word(struct td_arena *a, const struct td_source *s, const struct td_comment *c, const char *p,
                     struct td_mark *out, struct td_err *err)
{
    const char *end = s->text + c->start + c->len, *stop = p;
    while (stop < end && *stop >= 'a' && *stop <= 'z')
        stop++;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t n = (size_t)(stop - p);
        if (strlen(words[i].word) != n || memcmp(words[i].word, p, n) != 0)
            continue;
        out->kind = words[i].kind;
        out->offset = c->start;
        stop = skip_blanks(stop, end);
        while (end > stop && (end[-1] == ' ' || end[-1] == '\t'))
            end--;
        out->argument = td_arena_dup(a, stop, (size_t)(end - stop));
        return TD_OK;
    }
    return wrong(s, c, "this mark is not one of ours", err);
}

/* A sqlite mark's text is the comment block right after it. */
static int read_block(struct td_arena *a, const struct td_pieces *p, size_t i, const struct td_source *s,
                      struct td_mark *out, struct td_err *err)
{
    const struct td_comment *mark = &p->comments.at[i], *c = mark + 1;
    size_t start, len;
    if (i + 1 == p->comments.len || !c->block || c->before != mark->before || c->inside)
        return wrong(s, mark, "a sqlite mark has no comment block after it", err);
    start = c->start + 2;
    len = c->len >= 4 ? c->len - 4 : 0;
    out->text_offset = start;
    out->text = td_arena_dup(a, s->text + start, len);
    return TD_OK;
}

static bool on_first_line(const struct td_source *s, const struct td_comment *c)
{
    unsigned line, column;
    td_source_place(s, c->start, &line, &column);
    return line == 1 && c->before == 0;
}

static bool is_postgres_only(const struct td_sql_file *f, size_t stmt)
{
    return td_marks_find(&f->at[stmt].marks, TD_MARK_POSTGRES) != NULL ||
           td_marks_find(&f->marks, TD_MARK_POSTGRES) != NULL;
}

/* The first sqlite mark right behind a statement that runs on PostgreSQL only is that one's other half; elsewhere it
 * replaces the statement after it; behind the last statement it stands for itself. NULL: it speaks of nothing. */
static struct td_marks *owner(const struct td_comment *c, const struct td_mark *m, struct td_sql_file *f)
{
    if (m->kind == TD_MARK_SQLITE) {
        if (c->before > 0 && is_postgres_only(f, c->before - 1) &&
            td_marks_find(&f->at[c->before - 1].marks, TD_MARK_SQLITE) == NULL)
            return &f->at[c->before - 1].marks;
        return c->before < f->len ? &f->at[c->before].marks : &f->after;
    }
    if (on_first_line(&f->src, c))
        return &f->marks;
    return c->before < f->len ? &f->at[c->before].marks : NULL;
}

static int read_comment(struct td_arena *a, const struct td_pieces *p, size_t i, struct td_sql_file *f,
                        struct td_err *err)
{
    const struct td_comment *c = &p->comments.at[i];
    const char *text = mark_text(f->src.text + c->start, f->src.text + c->start + c->len);
    struct td_mark m = {.argument = "", .text = ""};
    struct td_marks *to;
    int rc;
    if (text == NULL)
        return TD_OK;
    if (c->block)
        return wrong(&f->src, c, "a mark is a comment of its own line, begun by --", err);
    if (c->inside)
        return wrong(&f->src, c, "a mark stands inside a statement", err);
    if (c->trailing)
        return wrong(&f->src, c, "a mark stands behind a statement", err);
    rc = read_word(a, &f->src, c, text, &m, err);
    if (rc == TD_OK && m.kind == TD_MARK_SQLITE)
        rc = read_block(a, p, i, &f->src, &m, err);
    if (rc != TD_OK)
        return rc;
    to = owner(c, &m, f);
    if (to == NULL)
        return wrong(&f->src, c, "no statement follows this mark", err);
    *td_vec_add(a, to) = m;
    return TD_OK;
}

int td_marks_read(struct td_arena *a, const struct td_pieces *p, struct td_sql_file *f, struct td_err *err)
{
    for (size_t i = 0; i < p->comments.len; i++) {
        int rc = read_comment(a, p, i, f, err);
        if (rc != TD_OK)
            return rc;
    }
    for (size_t s = 0; s < f->len; s++) {
        for (size_t i = 0; i < f->marks.len; i++)
            *td_vec_add(a, &f->at[s].marks) = f->marks.at[i];
    }
    return TD_OK;
}
