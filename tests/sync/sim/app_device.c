/* Programs on devices. */
#include <string.h>

#include "core/base/buf.h"
#include "tests/sync/sim/app.h"
#include "tests/sync/sim/device.h"
#include "tests/sync/sim/server.h"

struct writing {
    struct sim_world *w;
    struct sim_device *dev;
    struct td_buf sql;
};

static const struct sim_row *any(struct writing *p, size_t table)
{
    const struct sim_rows *rows = &p->dev->image.rows[table];
    return rows->len == 0 ? NULL : rows->at[sim_below(&p->w->r, (unsigned)rows->len)];
}

static long long any_id(struct writing *p, size_t table)
{
    const struct sim_row *row = any(p, table);
    return row == NULL ? 0 : (long long)row->at[0].i;
}

/* Mostly one that nobody has. */
static int new_id(struct writing *p)
{
    if (sim_chance(&p->w->r, 15) || p->w->next_id >= SIM_IDS)
        return 1 + (int)sim_below(&p->w->r, (unsigned)p->w->next_id);
    return p->w->next_id++;
}

static const char *token(struct writing *p, size_t table, const char *column)
{
    bool shared = table == sim_schema.users || table == sim_schema.tags;
    return sim_token(p->w, shared ? -1 : p->dev->tenant, p->dev->number, table, column);
}

static const char *slug(struct writing *p)
{
    static const char *const slugs[] = {"s1", "s2", "s3", "s4", "s5", "s6", "s7"};
    return slugs[sim_below(&p->w->r, 7)];
}

static const char *or_what(struct writing *p)
{
    static const char *const words[] = {"", "", "", " OR REPLACE", " OR REPLACE", " OR IGNORE"};
    return words[sim_below(&p->w->r, 6)];
}

/* ---- statements ---- */

static void insert_project(struct writing *p)
{
    td_buf_printf(&p->sql, "INSERT%s INTO projects (id, tenant_id, slug, name) VALUES (%d, %d, '%s', '%s')", or_what(p),
                  new_id(p), p->dev->tenant + 1, slug(p), token(p, sim_schema.projects, "name"));
    if (sim_chance(&p->w->r, 20))
        td_buf_add(&p->sql, " ON CONFLICT (id) DO UPDATE SET name = excluded.name");
}

static void change_project(struct writing *p)
{
    long long id = any_id(p, sim_schema.projects);
    switch (sim_below(&p->w->r, 7)) {
    case 0:
    case 1:
        td_buf_printf(&p->sql, "UPDATE projects SET name = '%s' WHERE id = %lld", token(p, sim_schema.projects, "name"),
                      id);
        break;
    case 2:
        td_buf_printf(&p->sql, "UPDATE projects SET notes = coalesce(notes, '') || '%s' WHERE id = %lld",
                      token(p, sim_schema.projects, "notes"), id);
        break;
    case 3: td_buf_printf(&p->sql, "UPDATE%s projects SET slug = '%s' WHERE id = %lld", or_what(p), slug(p), id); break;
    case 4: td_buf_printf(&p->sql, "UPDATE%s projects SET id = %d WHERE id = %lld", or_what(p), new_id(p), id); break;
    case 5: td_buf_printf(&p->sql, "DELETE FROM projects WHERE id = %lld", id); break;
    default: {
        const struct sim_row *x = any(p, sim_schema.projects), *y = any(p, sim_schema.projects);
        size_t s = 2;
        if (x == NULL || x == y)
            break;
        td_buf_printf(
            &p->sql,
            "UPDATE projects SET slug = 'between' WHERE id = %lld; UPDATE projects SET slug = '%s' WHERE id = "
            "%lld; UPDATE projects SET slug = '%s' WHERE id = %lld",
            (long long)x->at[0].i, x->at[s].bytes.at, (long long)y->at[0].i, y->at[s].bytes.at, (long long)x->at[0].i);
    }
    }
}

static void insert_task(struct writing *p, int id)
{
    td_buf_printf(&p->sql, "INSERT%s INTO tasks (id, project_id, title) VALUES (%d, %lld, '%s')", or_what(p), id,
                  any_id(p, sim_schema.projects), token(p, sim_schema.tasks, "title"));
    if (sim_chance(&p->w->r, 20))
        td_buf_add(&p->sql, " ON CONFLICT (id) DO UPDATE SET title = excluded.title");
    if (sim_chance(&p->w->r, 30))
        td_buf_printf(&p->sql, "; UPDATE tasks SET parent_id = %lld WHERE id = %d", any_id(p, sim_schema.tasks), id);
}

static void change_task(struct writing *p)
{
    long long id = any_id(p, sim_schema.tasks);
    struct sim_random *r = &p->w->r;
    switch (sim_below(r, 13)) {
    case 0:
    case 1:
        td_buf_printf(&p->sql, "UPDATE tasks SET title = '%s' WHERE id = %lld", token(p, sim_schema.tasks, "title"),
                      id);
        break;
    case 2:
    case 3: td_buf_printf(&p->sql, "UPDATE tasks SET hits = hits + %u WHERE id = %lld", 1 + sim_below(r, 9), id); break;
    case 4:
        td_buf_printf(&p->sql, "UPDATE tasks SET updated_at = '2026-01-01T00:00:%02u.000000Z' WHERE id = %lld",
                      sim_below(r, 60), id);
        break;
    case 5:
    case 6:
        td_buf_printf(&p->sql, "UPDATE tasks SET doc = json_set(coalesce(doc, '{}'), '$.k%u', '%s') WHERE id = %lld",
                      sim_below(r, 3), token(p, sim_schema.tasks, "doc"), id);
        break;
    case 7:
    case 8:
        td_buf_printf(&p->sql, "UPDATE tasks SET body = coalesce(body, '') || '%s' WHERE id = %lld",
                      token(p, sim_schema.tasks, "body"), id);
        break;
    case 9:
        td_buf_printf(&p->sql, "UPDATE tasks SET project_id = %lld WHERE id = %lld", any_id(p, sim_schema.projects),
                      id);
        break;
    case 10:
        td_buf_printf(&p->sql, "UPDATE tasks SET parent_id = nullif(%lld, id) WHERE id = %lld",
                      sim_chance(r, 30) ? 0 : any_id(p, sim_schema.tasks), id);
        break;
    case 11: td_buf_printf(&p->sql, "DELETE FROM tasks WHERE id = %lld", id); break;
    default: td_buf_printf(&p->sql, "DELETE FROM tasks WHERE id = %lld;", id); insert_task(p, (int)id);
    }
}

static void change_label(struct writing *p)
{
    const struct sim_row *row = any(p, sim_schema.labels);
    unsigned what = row == NULL ? 0 : sim_below(&p->w->r, 4);
    if (what <= 1)
        td_buf_printf(&p->sql, "INSERT%s INTO task_tags VALUES (%lld, %lld, '%s')", or_what(p),
                      any_id(p, sim_schema.tasks), any_id(p, sim_schema.tags), token(p, sim_schema.labels, "note"));
    else if (what == 2)
        td_buf_printf(&p->sql, "UPDATE task_tags SET note = '%s' WHERE task_id = %lld AND tag_id = %lld",
                      token(p, sim_schema.labels, "note"), (long long)row->at[0].i, (long long)row->at[1].i);
    else
        td_buf_printf(&p->sql, "DELETE FROM task_tags WHERE task_id = %lld AND tag_id = %lld", (long long)row->at[0].i,
                      (long long)row->at[1].i);
}

static void change_people(struct writing *p)
{
    int id = new_id(p);
    switch (sim_below(&p->w->r, 7)) {
    case 0:
        td_buf_printf(&p->sql, "UPDATE users SET name = '%s' WHERE id = %lld", token(p, sim_schema.users, "name"),
                      any_id(p, sim_schema.users));
        break;
    case 1:
        td_buf_printf(&p->sql, "INSERT INTO users VALUES (%d, '%s'); INSERT INTO user_tenants VALUES (%d, %d, '%s')",
                      id, token(p, sim_schema.users, "name"), id, p->dev->tenant + 1,
                      token(p, sim_schema.members, "role"));
        break;
    case 2: td_buf_printf(&p->sql, "DELETE FROM user_tenants WHERE user_id = %lld", any_id(p, sim_schema.users)); break;
    case 3:
        td_buf_printf(&p->sql, "UPDATE user_tenants SET role = '%s' WHERE user_id = %lld",
                      token(p, sim_schema.members, "role"), any_id(p, sim_schema.users));
        break;
    case 4: td_buf_printf(&p->sql, "DELETE FROM users WHERE id = %lld", any_id(p, sim_schema.users)); break;
    case 5: td_buf_printf(&p->sql, "UPDATE tenants SET name = '%s'", token(p, sim_schema.tenants, "name")); break;
    default:
        td_buf_printf(&p->sql, "UPDATE tags SET name = '%s' WHERE id = %lld", token(p, sim_schema.tags, "name"),
                      any_id(p, sim_schema.tags));
    }
}

static void write_statement(struct writing *p)
{
    unsigned what = sim_below(&p->w->r, 100);
    if (what < 12)
        insert_project(p);
    else if (what < 30)
        change_project(p);
    else if (what < 42)
        insert_task(p, new_id(p));
    else if (what < 75)
        change_task(p);
    else if (what < 87)
        change_label(p);
    else
        change_people(p);
}

/* ---- what it did ---- */

static void count_hits(struct sim_world *w, const struct sim_image *was, const struct sim_image *is)
{
    size_t hits = sim_column(sim_schema.tasks, "hits");
    for (size_t i = 0; i < was->rows[sim_schema.tasks].len; i++) {
        const struct sim_row *old = was->rows[sim_schema.tasks].at[i];
        const struct sim_row *row = sim_find(&is->rows[sim_schema.tasks], old->key);
        if (row == NULL)
            w->hits_spoiled[old->at[0].i] = true;
        else
            w->hits[row->at[0].i] += row->at[hits].i - old->at[hits].i;
    }
    for (size_t i = 0; i < is->rows[sim_schema.tasks].len; i++) {
        const struct sim_row *row = is->rows[sim_schema.tasks].at[i];
        if (sim_find(&was->rows[sim_schema.tasks], row->key) != NULL)
            continue;
        sim_note_insert(w, row->at[0].i);
        w->hits[row->at[0].i] += row->at[hits].i;
    }
}

static void account(struct sim_world *w, const struct sim_image *was, const struct sim_image *is)
{
    unsigned char before[SIM_TOKENS / 8] = {0}, after[SIM_TOKENS / 8] = {0};
    sim_image_tokens(was, before);
    sim_image_tokens(is, after);
    for (int k = 0; k < w->n_tokens; k++) {
        bool had = before[k / 8] >> k % 8 & 1, has = after[k / 8] >> k % 8 & 1;
        if (had && !has)
            w->tokens[k].superseded = true;
        if (has)
            w->tokens[k].written = true;
    }
    count_hits(w, was, is);
}

static bool run(struct writing *p)
{
    struct td_err err = {0};
    int rc = td_db_exec(p->dev->db, td_buf_str(&p->sql), &err);
    sim_say(p->w, "device %d: %s%s%s", p->dev->number, td_buf_str(&p->sql), rc == TD_OK ? "" : " -- ",
            rc == TD_OK ? "" : err.message);
    return rc == TD_OK;
}

void sim_app_device(struct sim_world *w, struct sim_device *dev)
{
    struct writing p = {.w = w, .dev = dev};
    struct sim_image was = {0};
    struct td_err err = {0};
    int n = sim_chance(&w->r, 25) ? 2 + (int)sim_below(&w->r, 2) : 1;
    bool ok = true;
    sim_image_read(w, dev, &dev->image);
    sim_image_read(w, dev, &was);
    if (td_db_begin(dev->db, TD_TX_WRITE, &err) != TD_OK) {
        sim_fail(w, "app", "%s", err.message);
        n = 0;
    }
    for (int i = 0; i < n && ok; i++) {
        td_buf_init(&p.sql, &w->a);
        write_statement(&p);
        ok = run(&p);
        sim_image_read(w, dev, &dev->image);
    }
    if (!ok || sim_chance(&w->r, 5))
        td_db_rollback(dev->db);
    else if (td_db_commit(dev->db, &err) != TD_OK)
        sim_fail(w, "app", "%s", err.message);
    sim_image_read(w, dev, &dev->image);
    account(w, &was, &dev->image);
    td_arena_deinit(&was.a);
}
