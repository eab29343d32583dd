/* tandem migrate show NAME: a migration as each engine gets it; for SQLite beside its source, with the reasons. */
#include <string.h>

#include "tools/tandem/commands.h"
#include "tools/tandem/lowering.h"

struct args {
    const char *name, *on;
    struct td_opt_list skip;
};

/* Each line of `text` as a comment. */
static void print_comment(const struct td_out *o, const char *mark, const char *text, size_t len)
{
    const char *end = text + len;
    while (text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        size_t n = (size_t)((newline != NULL ? newline : end) - text);
        while (n > 0 && text[n - 1] == '\r')
            n--;
        td_out_answer(o, "--%s", mark);
        td_out_data(o, text, n);
        td_out_data(o, "\n", 1);
        if (newline == NULL)
            break;
        text = newline + 1;
    }
}

static const char *reason_of(const struct td_stmt_fate *fate)
{
    if (fate->reason != NULL && *fate->reason != '\0')
        return fate->reason;
    return fate->err != NULL ? fate->err->message : "";
}

static void print_ops(const struct td_out *o, const struct td_lowered *l, size_t stmt, struct td_json_writer *w)
{
    for (size_t i = 0; i < l->n_ops; i++) {
        if (l->ops[i].stmt != stmt || (l->ops[i].kind != TD_OP_SQL))
            continue;
        if (w != NULL)
            td_json_put_exact(w, NULL, l->ops[i].sql);
        else
            td_out_sql(o, l->ops[i].sql);
    }
}

static void print_stmt(const struct td_out *o, const struct td_lowered *l, size_t i)
{
    const struct td_stmt_fate *fate = &l->fates[i];
    const char *reason = reason_of(fate);
    unsigned line, column;
    td_source_place(&l->file->src, fate->stmt->start, &line, &column);
    if (i > 0)
        td_out_answer(o, "\n");
    td_out_answer(o, "-- %s:%u:%u  %s%s%s\n", l->file->src.path, line, column, td_fate_name(fate->fate),
                  *reason != '\0' ? ": " : "", reason);
    print_comment(o, " | ", l->file->src.text + fate->stmt->start, fate->stmt->len);
    for (size_t n = 0; n < fate->notes.len; n++)
        print_comment(o, " * ", fate->notes.at[n], strlen(fate->notes.at[n]));
    print_ops(o, l, i, NULL);
}

static void put_stmt(const struct td_out *o, const struct td_lowered *l, size_t i, struct td_arena *a,
                     struct td_json_writer *w)
{
    const struct td_stmt_fate *fate = &l->fates[i];
    const char *source = td_arena_dup(a, l->file->src.text + fate->stmt->start, fate->stmt->len);
    unsigned line, column;
    td_source_place(&l->file->src, fate->stmt->start, &line, &column);
    td_json_object(w, NULL);
    td_json_put_int(w, "line", line);
    td_json_put_int(w, "column", column);
    td_json_put_text(w, "fate", td_fate_name(fate->fate));
    td_json_put_text(w, "reason", reason_of(fate));
    td_json_put_exact(w, "source", source);
    td_json_array(w, "notes");
    for (size_t n = 0; n < fate->notes.len; n++)
        td_json_put_text(w, NULL, fate->notes.at[n]);
    td_json_array_end(w);
    td_json_array(w, "sqlite");
    print_ops(o, l, i, w);
    td_json_array_end(w);
    if (fate->err != NULL)
        td_diag_json(fate->err, TD_SEV_ERROR, "error", w);
    td_json_object_end(w);
}

static int show_sqlite(struct td_session *s, const struct td_folder *f, const struct td_migration *m)
{
    struct td_lowered *l = NULL;
    struct td_json_writer *w = s->cli->out.json ? td_out_json(&s->cli->out, "migrate show") : NULL;
    int rc = td_lowering_upto(s, f, m->name, &l);
    if (rc != TD_OK)
        return rc;
    if (w != NULL)
        td_json_array(w, "statements");
    for (size_t i = 0; i < l->n_fates; i++) {
        if (w != NULL)
            put_stmt(&s->cli->out, l, i, &s->cli->arena, w);
        else
            print_stmt(&s->cli->out, l, i);
    }
    if (w != NULL)
        td_json_array_end(w);
    if (l->n_fates == 0) { /* a file that holds SQLite's text alone */
        if (w != NULL)
            td_json_array(w, "sqlite");
        print_ops(&s->cli->out, l, 0, w);
        if (w != NULL)
            td_json_array_end(w);
    }
    for (size_t i = 0; i < l->n_fates; i++) {
        if (l->fates[i].fate != TD_REFUSED || l->fates[i].err == NULL)
            continue;
        s->cli->err = *l->fates[i].err;
        return (int)s->cli->err.rc;
    }
    return TD_OK;
}

static int run(struct td_cli *cli, const void *args)
{
    const struct args *a = args;
    struct td_session s;
    struct td_folder folder = {0};
    const struct td_migration *m = NULL;
    bool postgres = a->on != NULL && strcmp(a->on, "postgres") == 0;
    int rc = td_session_open(&s, cli, false, NULL, &a->skip);
    if (rc == TD_OK)
        rc = td_session_folder(&s, &folder);
    if (rc == TD_OK && (m = td_folder_find(&folder, a->name)) == NULL)
        rc = td_folder_no_such(&folder, a->name, &cli->err);
    if (rc == TD_OK && cli->out.json) {
        struct td_json_writer *w = td_out_json(&cli->out, "migrate show");
        td_json_put_text(w, "name", m->name);
        td_json_put_text(w, "path", m->path);
        td_json_put_text(w, "checksum", m->checksum);
        td_json_put_text(w, "on", postgres ? "postgres" : "sqlite");
        if (postgres)
            td_json_put_exact(w, "postgres", m->text);
    } else if (rc == TD_OK && postgres) {
        td_out_data(&cli->out, m->text, m->len);
    }
    if (rc == TD_OK && !postgres)
        rc = show_sqlite(&s, &folder, m);
    td_session_close(&s);
    return rc != TD_OK ? -rc : TD_EXIT_OK;
}

static const struct td_opt opts[] = {
    {"on", 0, TD_OPT_TEXT, offsetof(struct args, on), "sqlite|postgres",
     "sqlite (the default): lowered, statement by statement; postgres: the file byte for byte"},
    {"skip", 0, TD_OPT_LIST, offsetof(struct args, skip), "KIND", TD_SKIP_HELP},
    {0},
};

static const struct td_operand operands[] = {
    {"NAME", offsetof(struct args, name), true, NULL},
    {0},
};

static const struct td_exit_note exits[] = {
    {65, "a statement of it is refused on SQLite; the others are shown"},
    {78, "configuration wrong, or no migrations folder"},
    {0},
};

const struct td_cmd td_cmd_migrate_show = {
    .name = "migrate show",
    .summary = "print a migration as SQLite or PostgreSQL gets it",
    .about = "For SQLite: each statement's place and fate, its source as a comment (--  |), what was rewritten and why "
             "(--  *), and the SQL that runs instead. The whole is valid SQL for the sqlite3 shell. Migrations before "
             "it are read too, since they decide what it means; no database is needed.",
    .opts = opts,
    .operands = operands,
    .exits = exits,
    .json =
        "name  of the migration\npath  of its file\nchecksum  SHA-256 of the file\non  sqlite or postgres\n"
        "postgres  the text, with --on postgres\nstatements  with --on sqlite: line, column, fate, reason, source, "
        "notes, sqlite (the SQL), error\nsqlite  the SQL of a file without statements, which has a sqlite mark alone",
    .examples = "tandem migrate show 20260101000000_init --on sqlite\n"
                "tandem migrate show 20260101000000_init --on postgres | psql",
    .args_size = sizeof(struct args),
    .run = run,
};
