/* An example: sync_example FILE URL [SECONDS] keeps a clone in step, shows what happens, and ends after that time (0:
 * one run). */
#include <stdio.h>
#include <stdlib.h>

#include <tandem/sync.h>

static int result;

static void on_state(void *data, const char *state, const char *why)
{
    (void)data;
    printf("%s%s%s\n", state, why[0] != '\0' ? ": " : "", why);
}

static void on_run(void *data, const struct tandem_sync_progress *p)
{
    (void)data;
    printf("%lld sent, %lld fetched, %lld conflicts\n", (long long)p->pushed, (long long)p->pulled,
           (long long)p->conflicts);
}

static void on_conflict(void *data, const struct tandem_sync_conflict *c)
{
    (void)data;
    printf("conflict in %s.%s: mine %s, theirs %s, %s taken\n", c->table, c->column == NULL ? "(row)" : c->column,
           c->mine == NULL ? "NULL" : c->mine, c->theirs == NULL ? "NULL" : c->theirs, c->taken);
}

static void on_end(void *data, int rc, const struct tandem_err *err)
{
    uv_timer_t *timer = data;
    if (rc != TANDEM_OK)
        fprintf(stderr, "%s: %s\n", tandem_err_code(err), tandem_err_message(err));
    result = rc;
    uv_close((uv_handle_t *)timer, NULL);
}

static void on_time(uv_timer_t *timer)
{
    tandem_sync_stop(timer->data);
}

int main(int argc, char **argv)
{
    uv_loop_t *loop = uv_default_loop();
    uv_timer_t timer;
    struct tandem_sync *sync;
    struct tandem_err *err = tandem_err_new();
    int seconds = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 0;
    if (argc < 3 || err == NULL)
        return 64;
    uv_timer_init(loop, &timer);
    struct tandem_sync_opts opts = {.size = sizeof opts,
                                    .local = argv[1],
                                    .remote = argv[2],
                                    .once = seconds == 0,
                                    .on_state = on_state,
                                    .on_run = on_run,
                                    .on_conflict = on_conflict,
                                    .on_end = on_end,
                                    .data = &timer};
    int rc = tandem_sync_start(loop, &opts, &sync, err);
    if (rc != TANDEM_OK) {
        fprintf(stderr, "%s: %s\n", tandem_err_code(err), tandem_err_message(err));
        tandem_err_free(err);
        return 1;
    }
    timer.data = sync;
    if (seconds > 0)
        uv_timer_start(&timer, on_time, (uint64_t)seconds * 1000, 0);
    uv_run(loop, UV_RUN_DEFAULT);
    uv_run(loop, UV_RUN_DEFAULT);
    tandem_err_free(err);
    return result == TANDEM_OK ? uv_loop_close(loop) : 1;
}
