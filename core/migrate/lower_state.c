/* Small steps over the state of a lowering. */
#include <stdarg.h>
#include <string.h>
#include <strings.h>

#include "core/migrate/lower_impl.h"

struct td_phys *td_phys_get(struct td_lowering *l, unsigned id)
{
    while (l->by_id.len <= id)
        *td_vec_add(l->arena, &l->by_id) = NULL;
    if (l->by_id.at[id] == NULL) {
        l->by_id.at[id] = td_arena_new(l->arena, struct td_phys);
        l->by_id.at[id]->id = id;
    }
    return l->by_id.at[id];
}

struct td_phys *td_phys_by_name(const struct td_lowering *l, const char *sqlite_name)
{
    for (size_t i = 0; i < l->by_id.len; i++) {
        struct td_phys *p = l->by_id.at[i];
        if (p != NULL && p->is != NULL && strcasecmp(p->name, sqlite_name) == 0)
            return p;
    }
    return NULL;
}

void td_phys_touch(struct td_lowering *l, unsigned id, size_t stmt)
{
    struct td_phys *p = td_phys_get(l, id);
    if (!p->dirty)
        *td_vec_add(l->arena, &l->dirty) = p;
    p->dirty = true;
    if (p->waiting.len == 0 || p->waiting.at[p->waiting.len - 1] != stmt)
        *td_vec_add(l->arena, &p->waiting) = stmt;
}

void td_lowering_op(struct td_lowering *l, enum td_op_kind kind, size_t stmt, const char *sql)
{
    struct {
        struct td_op *at;
        size_t len, cap;
    } ops = {l->out->ops, l->out->n_ops, l->out->cap_ops};
    struct td_op *op = td_vec_add(l->arena, &ops);
    op->kind = kind;
    op->stmt = stmt;
    op->sql = td_arena_strdup(l->arena, sql);
    l->out->ops = ops.at;
    l->out->n_ops = ops.len;
    l->out->cap_ops = ops.cap;
}

void td_lowering_opf(struct td_lowering *l, size_t stmt, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    const char *sql = td_arena_vprintf(l->arena, fmt, args);
    va_end(args);
    td_lowering_op(l, TD_OP_SQL, stmt, sql);
}

void td_lowering_note(struct td_lowering *l, const char *note)
{
    if (td_strings_find(&l->fate->notes, note) < 0)
        td_strings_add(l->arena, &l->fate->notes, note);
}

static void on_note(const char *note, int location, void *data)
{
    (void)location;
    td_lowering_note(data, note);
}

struct td_lower td_lowering_ctx(struct td_lowering *l, enum td_lower_use use)
{
    return (struct td_lower){.arena = l->arena,
                             .catalog = &l->catalog,
                             .source = l->file == NULL ? NULL : &l->file->src,
                             .use = use,
                             .on_note = on_note,
                             .evaluate = td_lowering_evaluate,
                             .data = l};
}

struct td_lower td_lowering_sync_ctx(struct td_lowering *l)
{
    struct td_lower ctx = td_lowering_ctx(l, TD_LOWER_SCHEMA);
    ctx.source = NULL;
    return ctx;
}

const char *td_lowering_ident(struct td_lowering *l, const char *name)
{
    struct td_buf b;
    td_buf_init(&b, l->arena);
    td_buf_ident(&b, name);
    return td_buf_str(&b);
}

const char *td_rowid_name(const struct td_table *t)
{
    static const char *const names[] = {"rowid", "_rowid_", "oid"};
    for (size_t n = 0; n < 3; n++) {
        bool hidden = false;
        for (size_t i = 0; i < t->columns.len; i++)
            hidden = hidden || strcasecmp(t->columns.at[i]->name, names[n]) == 0;
        if (!hidden)
            return names[n];
    }
    return NULL;
}
