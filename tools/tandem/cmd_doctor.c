/* tandem doctor: what is there, what is not, what to do; made for pasting into an issue. */
#include <string.h>

#include "tools/tandem/commands.h"
#include "tools/tandem/doctor.h"
#include "tools/tandem/hint.h"

static const char *const health_names[] = {"ok", "warning", "error"};

static void print(const struct td_out *o, const struct td_check *c)
{
    static const enum td_color colors[] = {TD_GREEN, TD_YELLOW, TD_RED};
    char health[16];
    snprintf(health, sizeof health, "%-8s", health_names[c->health]);
    td_out_paint(o, colors[c->health], health);
    td_out_answer(o, " %-9s %-18s %s\n", c->engine, c->name, c->text);
    if (c->next[0] != '\0')
        td_out_answer(o, "%-38s next: %s\n", "", c->next);
}

static void put(struct td_json_writer *w, const struct td_check *c)
{
    td_json_object(w, NULL);
    td_json_put_text(w, "engine", *c->engine != '\0' ? c->engine : NULL);
    td_json_put_text(w, "name", c->name);
    td_json_put_text(w, "health", health_names[c->health]);
    td_json_put_text(w, "text", c->text);
    td_json_put_text(w, "next", c->next[0] != '\0' ? c->next : NULL);
    td_json_object_end(w);
}

static void complete(const struct td_cli *cli, struct td_check *c)
{
    struct td_buf b = {0};
    td_hint_complete(&b, cli, c->next);
    if (b.len < sizeof c->next)
        snprintf(c->next, sizeof c->next, "%s", td_buf_str(&b));
    td_buf_deinit(&b);
}

static int answer(struct td_cli *cli, struct td_doctor *d)
{
    enum td_health worst = TD_HEALTH_OK;
    struct td_json_writer *w = cli->out.json ? td_out_json(&cli->out, "doctor") : NULL;
    if (w != NULL)
        td_json_array(w, "checks");
    for (size_t i = 0; i < d->len; i++) {
        struct td_check *c = &d->at[i];
        worst = c->health > worst ? c->health : worst;
        cli->on = d->s->n > 1 && *c->engine != '\0' ? c->engine : NULL;
        complete(cli, c);
        if (w != NULL)
            put(w, c);
        else
            print(&cli->out, c);
    }
    if (w != NULL) {
        td_json_array_end(w);
        td_json_put_text(w, "health", health_names[worst]);
    }
    return worst == TD_HEALTH_OK ? TD_EXIT_OK : worst == TD_HEALTH_WARNING ? TD_EXIT_FOUND : TD_EXIT_FAILED;
}

static void check_folder(struct td_doctor *d, struct td_folder *f, bool *read)
{
    struct td_err *err = &d->s->cli->err;
    *read = td_session_folder(d->s, f) == TD_OK;
    if (!*read) {
        td_doctor_add_err(d, "", "migrations", TD_HEALTH_ERROR, err);
        td_err_clear(err);
        return;
    }
    td_doctor_add(d, "", "migrations", TD_HEALTH_OK, "%zu in %s", f->len, f->path);
    for (size_t i = 0; i < f->warnings.len; i++)
        td_doctor_add(d, "", "migrations", TD_HEALTH_WARNING, "%s", f->warnings.at[i]);
}

static int run(struct td_cli *cli, const void *unused)
{
    struct td_session s;
    struct td_doctor d = {.s = &s};
    struct td_folder folder = {0};
    bool read = false;
    (void)unused;
    td_doctor_add(&d, "", "tandem", TD_HEALTH_OK, "%s", TANDEM_VERSION);
    int rc = td_session_open(&s, cli, true, NULL, NULL);
    if (rc == TD_ENOMEM) {
        td_session_close(&s);
        return -rc;
    }
    if (rc != TD_OK) {
        td_doctor_add_err(&d, "", "configuration", TD_HEALTH_ERROR, &cli->err);
        td_err_clear(&cli->err);
    }
    if (s.folder != NULL)
        check_folder(&d, &folder, &read);
    for (size_t i = 0; i < s.n; i++)
        td_doctor_database(&d, &s.at[i], read ? &folder : NULL);
    int code = answer(cli, &d);
    td_session_close(&s);
    return code;
}

static const struct td_exit_note exits[] = {
    {0, "all is well"},
    {1, "at least one error"},
    {2, "at least one warning, no error"},
    {0},
};

const struct td_cmd td_cmd_doctor = {
    .name = "doctor",
    .summary = "check versions, configuration, databases and folder",
    .about =
        "One line for each thing that can be wrong, with what to do about it: versions, which database and where "
        "its URL came from, is it reachable, permissions, journal mode, foreign keys, the server's clock, disk "
        "space, the folder and the history. Writes nothing; passwords are masked, so that the output can be pasted "
        "into an issue.",
    .exits = exits,
    .json = "checks  engine, name, health (ok, warning, error), text, next\nhealth  the worst of them",
    .examples = "tandem doctor\ntandem doctor --json",
    .run = run,
};
