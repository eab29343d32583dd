/* tandem db create: makes the database of the URL when it is not there. */
#include "tools/tandem/commands.h"
#include "tools/tandem/session.h"

struct args {
    const char *on;
};

static int create_one(struct td_session *s, struct td_place *p)
{
    struct td_json_writer *w = s->cli->out.json ? td_out_json(&s->cli->out, "db create") : NULL;
    int rc = td_session_read(s, p, &s->cli->err);
    bool missing = p->missing;
    if (rc == TD_OK && missing) {
        td_db_close(p->db);
        p->db = NULL;
        rc = td_session_write(s, p, true);
    }
    if (rc != TD_OK)
        return rc;
    td_out_answer(&s->cli->out, "%-8s  %s  %s\n", p->engine, missing ? "created" : "is there already", p->url->display);
    if (w != NULL) {
        td_json_object(w, NULL);
        td_session_put(p, w);
        td_json_put_bool(w, "created", missing);
        td_json_object_end(w);
    }
    return TD_OK;
}

static int run(struct td_cli *cli, const void *args)
{
    const struct args *a = args;
    struct td_session s;
    int rc = td_session_open(&s, cli, true, a->on, NULL);
    if (rc == TD_OK && cli->out.json)
        td_json_array(td_out_json(&cli->out, "db create"), "databases");
    for (size_t i = 0; i < s.n && rc == TD_OK; i++)
        rc = create_one(&s, &s.at[i]);
    if (cli->out.json && cli->out.w.depth > 1)
        td_json_array_end(&cli->out.w);
    td_session_close(&s);
    return rc != TD_OK ? -rc : TD_EXIT_OK;
}

static const struct td_opt opts[] = {
    {"on", 0, TD_OPT_TEXT, offsetof(struct args, on), "sqlite|postgres|both", TD_ON_HELP},
    {0},
};

const struct td_cmd td_cmd_db_create = {
    .name = "db create",
    .summary = "make the database when it is not there",
    .about = "Makes the SQLite file or the PostgreSQL database that the URL names, empty. One that is there already is "
             "left as it is: running the command again is harmless.",
    .opts = opts,
    .json = "databases  engine, url, source, created",
    .examples = "tandem db create --url postgresql://app@localhost/app",
    .args_size = sizeof(struct args),
    .database = true,
    .run = run,
};
