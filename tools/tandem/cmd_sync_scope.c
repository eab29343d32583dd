/* tandem sync scope: which rows of which table a tenant's device has, and why. */
#include <string.h>

#include "sync/scope.h"
#include "tools/tandem/commands.h"
#include "tools/tandem/grid.h"
#include "tools/tandem/session.h"

struct args {
    const char *tenant_table;
    struct td_opt_list skip;
};

struct found {
    struct td_session *s;
    const struct td_folder *folder;
    const char *tenant;
    size_t refused; /* statements */
    struct td_scopes scopes;
    struct td_scope_warnings warnings;
};

/* As both engines have it: a table that SQLite goes without cannot travel. */
static int replay(struct found *f, struct td_lowering **out, struct td_err *err)
{
    struct td_arena *a = &f->s->cli->arena;
    int rc = td_lowering_open(a, f->s->skip, out, err);
    for (size_t i = 0; rc == TD_OK && i < f->folder->len; i++) {
        struct td_lowered *l = NULL;
        rc = td_lowering_next(*out, &f->folder->at[i], &l, err);
        f->refused += rc == TD_OK ? l->refused : 0;
    }
    return rc;
}

static int derive(void *data, struct td_err *err)
{
    struct found *f = data;
    struct td_arena *a = &f->s->cli->arena;
    struct td_lowering *lowering = NULL;
    int rc = replay(f, &lowering, err);
    if (rc == TD_OK)
        rc = td_scopes_derive(a, td_lowering_catalog(lowering), f->s->target.config, f->tenant, &f->scopes, err);
    if (rc == TD_OK)
        td_scopes_lint(a, &f->scopes, &f->warnings);
    return rc;
}

static const char *described(struct td_arena *a, const struct td_scope *s)
{
    struct td_buf b;
    td_buf_init(&b, a);
    td_scope_describe(s, &b);
    return td_buf_str(&b);
}

static const char *name_of(struct td_arena *a, const struct td_table *t)
{
    return strcmp(t->schema, "public") == 0 ? t->name : td_arena_printf(a, "%s.%s", t->schema, t->name);
}

static void print_mend(const struct td_out *o, const char *mend)
{
    while (*mend != '\0') {
        size_t n = strcspn(mend, "\n");
        td_out_answer(o, "    %.*s\n", (int)n, mend);
        mend += n + (mend[n] == '\n');
    }
}

static int print_text(struct found *f, struct td_err *err)
{
    static const char *const headers[] = {"TABLE", "SCOPE", "WHY", NULL};
    static const enum td_color colors[] = {TD_RED, TD_GREEN, TD_GREEN, TD_YELLOW, TD_YELLOW, TD_DIM};
    struct td_cli *cli = f->s->cli;
    struct td_grid *g = NULL;
    int rc = td_grid_open(&cli->out, headers, &g, err);
    for (size_t i = 0; rc == TD_OK && i < f->scopes.len; i++) {
        const struct td_scope *s = f->scopes.at[i];
        td_grid_row(g);
        td_grid_cell(g, 0, name_of(&cli->arena, s->table), TD_PLAIN);
        td_grid_cell(g, 1, described(&cli->arena, s), colors[s->kind]);
        td_grid_cell(g, 2, s->why, TD_PLAIN);
    }
    if (rc == TD_OK)
        rc = td_grid_print(g, err);
    td_grid_close(g);
    for (size_t i = 0; rc == TD_OK && i < f->warnings.len; i++) {
        const struct td_scope_warning *w = &f->warnings.at[i];
        if (i == 0)
            td_out_answer(&cli->out, "\n");
        td_out_answer(&cli->out, "%s: %s\n", td_scope_warning_name(w->kind), w->text);
        print_mend(&cli->out, w->mend);
    }
    return rc;
}

static void put_table(struct td_arena *a, const struct td_scope *s, struct td_json_writer *w)
{
    td_json_object(w, NULL);
    td_json_put_text(w, "table", name_of(a, s->table));
    td_json_put_text(w, "scope", td_scope_kind_name(s->kind));
    td_json_array(w, "columns");
    for (size_t i = 0; i < s->columns.len; i++)
        td_json_put_text(w, NULL, s->columns.at[i]->name);
    td_json_array_end(w);
    td_json_put_text(w, "through", s->through == NULL ? NULL : name_of(a, s->through->table));
    td_json_put_bool(w, "configured", s->configured);
    td_json_put_text(w, "why", s->why);
    td_json_object_end(w);
}

static void print_json(struct found *f)
{
    struct td_arena *a = &f->s->cli->arena;
    struct td_json_writer *w = td_out_json(&f->s->cli->out, "sync scope");
    td_json_put_text(w, "tenant", name_of(a, f->scopes.tenant));
    td_json_put_text(w, "tenant_key", f->scopes.tenant_key->name);
    td_json_array(w, "tables");
    for (size_t i = 0; i < f->scopes.len; i++)
        put_table(a, f->scopes.at[i], w);
    td_json_array_end(w);
    td_json_array(w, "warnings");
    for (size_t i = 0; i < f->warnings.len; i++) {
        td_json_object(w, NULL);
        td_json_put_text(w, "rule", td_scope_warning_name(f->warnings.at[i].kind));
        td_json_put_text(w, "table", name_of(a, f->warnings.at[i].table));
        td_json_put_text(w, "text", f->warnings.at[i].text);
        td_json_put_text(w, "mend", f->warnings.at[i].mend);
        td_json_object_end(w);
    }
    td_json_array_end(w);
}

static int show(struct found *f, struct td_err *err)
{
    int rc = td_arena_run(&f->s->cli->arena, derive, f, err);
    if (rc != TD_OK)
        return rc;
    if (f->refused > 0)
        td_out_say(&f->s->cli->out,
                   "warning: %zu statement%s cannot be carried to SQLite; `tandem migrate report` lists them",
                   f->refused, f->refused == 1 ? "" : "s");
    if (f->s->cli->out.json)
        print_json(f);
    else
        rc = print_text(f, err);
    return rc == TD_OK ? td_scopes_check(&f->scopes, err) : rc;
}

static int run(struct td_cli *cli, const void *args)
{
    const struct args *a = args;
    struct td_session s;
    struct td_folder folder = {0};
    struct found f = {.s = &s, .folder = &folder, .tenant = a->tenant_table};
    int rc = td_session_open(&s, cli, false, NULL, &a->skip);
    if (rc == TD_OK)
        rc = td_session_folder(&s, &folder);
    if (rc == TD_OK)
        rc = show(&f, &cli->err);
    td_session_close(&s);
    return rc != TD_OK ? -rc : TD_EXIT_OK;
}

static const struct td_opt opts[] = {
    {"tenant-table", 0, TD_OPT_TEXT, offsetof(struct args, tenant_table), "NAME",
     "the table of tenants, in place of sync.tenant in tandem.json"},
    {"skip", 0, TD_OPT_LIST, offsetof(struct args, skip), "KIND", TD_SKIP_HELP},
    {0},
};

static const struct td_exit_note exits[] = {
    {65, "a file of the folder cannot be read as SQL"},
    {78, "a table is undecided, or tandem.json does not fit the schema"},
    {0},
};

const struct td_cmd td_cmd_sync_scope = {
    .name = "sync scope",
    .summary = "show which rows of which table a tenant has, and why",
    .about =
        "Derives from the foreign keys of the migrations, and from what tandem.json decides, what one tenant's copy of "
        "the "
        "database holds of each table: tenant (a column has the tenant's key), membership (another table says whose "
        "rows they are), path (the foreign key leads to such a table), shared (all rows, read only), local (none).\n\n"
        "Below the table stands what a copy could see or do that it should not, or what cannot be synced: foreign keys "
        "that leave out the tenant, unique keys across tenants, keys that count, tables without a key; with the "
        "migration that mends it. No database is needed.",
    .opts = opts,
    .exits = exits,
    .json = "tenant  the table of tenants\ntenant_key  its column\ntables  table, scope, columns, through, configured, "
            "why\nwarnings  rule, table, text, mend",
    .examples = "tandem sync scope\ntandem sync scope --tenant-table tenants --json",
    .args_size = sizeof(struct args),
    .run = run,
};
