#include "tests/sync/sim/world.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sync/sim/checks.h"
#include "tests/sync/sim/device.h"
#include "tests/sync/sim/faults.h"
#include "tests/sync/sim/server.h"

const char *sim_mutation_name(enum sim_mutation m)
{
    static const char *const names[] = {
        "none",        "range cursor", "sequence cursor", "own push as cursor", "no REPLACE probes", "no frozen batch",
        "no number",   "no durable",   "no leave",        "no enter",           "wrong base",        "no nonce",
        "no truncate", "no floor",     "no isolation",    "torn pull",
    };
    return names[m];
}

void sim_fail(struct sim_world *w, const char *what, const char *fmt, ...)
{
    va_list args;
    if (w->failed)
        return;
    w->failed = true;
    int n = snprintf(w->failure, sizeof w->failure, "%s: ", what);
    va_start(args, fmt);
    vsnprintf(w->failure + n, sizeof w->failure - (size_t)n, fmt, args);
    va_end(args);
    sim_say(w, "FAILED %s", w->failure);
}

void sim_say(struct sim_world *w, const char *fmt, ...)
{
    va_list args;
    if (!w->verbose)
        return;
    printf("%3d  ", w->steps);
    va_start(args, fmt);
    vprintf(fmt, args);
    va_end(args);
    printf("\n");
}

const char *sim_token(struct sim_world *w, int tenant, int device, size_t table, const char *column)
{
    int k = w->n_tokens < SIM_TOKENS - 1 ? w->n_tokens++ : SIM_TOKENS - 1;
    w->tokens[k] = (struct sim_token){.device = device, .table = table, .column = sim_column(table, column)};
    return td_arena_printf(&w->a, "%c%d;", tenant < 0 ? 'x' : 'a' + tenant, k);
}

void sim_each_token(const char *text, size_t len, void (*fn)(void *data, int token, char tenant), void *data)
{
    for (size_t i = 0; i + 2 < len; i++) {
        size_t k = i + 1;
        int n = 0;
        if (strchr("abx", text[i]) == NULL)
            continue;
        for (; k < len && text[k] >= '0' && text[k] <= '9' && n < SIM_TOKENS; k++)
            n = n * 10 + (text[k] - '0');
        if (k > i + 1 && k < len && text[k] == ';' && n < SIM_TOKENS)
            fn(data, n, text[i]);
    }
}

void sim_note_insert(struct sim_world *w, int64_t id)
{
    if (id < 0 || id >= SIM_IDS)
        return;
    w->hits_spoiled[id] |= w->ids_used[id];
    w->ids_used[id] = true;
}

/* ---- from beginning to end ---- */

/* What a mutation needs to be seen always may happen. */
static void choose_kind(struct sim_world *w)
{
    w->may_crash = sim_chance(&w->r, 40) || w->mutation == SIM_NO_DURABLE;
    w->may_restore = sim_chance(&w->r, 15);
    w->may_copy = sim_chance(&w->r, 20) || w->mutation == SIM_NO_NONCE;
    w->may_back_up = sim_chance(&w->r, 15);
    w->may_prune = sim_chance(&w->r, 30) || w->mutation == SIM_NO_FLOOR;
    w->may_truncate = sim_chance(&w->r, 20) || w->mutation == SIM_NO_TRUNCATE;
    w->moves_race = sim_chance(&w->r, 50);
}

/* Two rounds over all devices: then everybody has everything. */
static void calm_down(struct sim_world *w)
{
    w->calm = true;
    sim_say(w, "faults and writes end");
    for (size_t i = 0; i < SIM_OPEN; i++)
        if (w->server.open[i].open)
            sim_end_one(w, &w->server.open[i]);
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < w->n_devices && !w->failed; i++)
            sim_run_device(w, &w->devices[i], false);
}

static int live(void *data, struct td_err *err)
{
    struct sim_world *w = data;
    (void)err;
    choose_kind(w);
    sim_server_open(w);
    int n = 1 + (int)sim_below(&w->r, 3);
    for (int i = 0; i < n && !w->failed; i++)
        sim_device_add(w, i == 0 ? 0 : (int)sim_below(&w->r, SIM_TENANTS), NULL, 0);
    for (int i = 0; i < w->n_devices && !w->failed && sim_chance(&w->r, 85); i++)
        sim_run_device(w, &w->devices[i], false);
    int steps = 12 + (int)sim_below(&w->r, 40);
    for (w->steps = 1; w->steps <= steps && !w->failed; w->steps++)
        sim_step(w);
    if (!w->failed)
        calm_down(w);
    if (!w->failed)
        sim_check_end(w);
    return TD_OK;
}

bool sim_world_run(uint64_t seed, enum sim_mutation m, bool verbose, char *failure, char **history_out,
                   struct sim_totals *totals)
{
    struct sim_world *w = calloc(1, sizeof *w);
    struct td_err err = {0};
    if (w == NULL)
        abort();
    *w = (struct sim_world){.seed = seed, .r = {seed}, .mutation = m, .verbose = verbose};
    if (td_arena_run(&w->a, live, w, &err) != TD_OK)
        sim_fail(w, "run", "%s", err.message);
    if (history_out != NULL)
        *history_out = sim_records(w);
    for (int i = 0; i < w->n_devices; i++)
        sim_device_close(&w->devices[i]);
    bool ok = !w->failed;
    snprintf(failure, sizeof w->failure, "%s", w->failure);
    totals->seeds++;
    totals->steps += w->steps;
    totals->runs += w->runs;
    totals->cuts += w->cuts;
    td_arena_deinit(&w->a);
    free(w);
    return ok;
}
