/* A network that breaks between a deploy and PostgreSQL: cut at each message, in both directions, and stalled for ever.
 * Each time a clean error, the state after some migration or journalled statement, and a plain deploy that goes on.
 *
 * Some of the messages are tried; TANDEM_LONG=1 tries them all. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/base/time.h"
#include "tests/fault/proxy.h"
#include "tests/fault/story.h"
#include "tests/lib/pgcluster.h"

struct net {
    struct story s;
    struct proxy *proxy;
    char *url;          /* of the story's database, through the proxy */
    struct project via; /* a deployer there */
};

static void net_open(struct net *n)
{
    char *direct;
    memset(n, 0, sizeof *n);
    story_open(&n->s, TD_ENGINE_POSTGRES);
    n->proxy = proxy_start(td_pgcluster_url(td_pgcluster_shared()));
    direct = td_pgcluster_url_for(td_pgcluster_url(td_pgcluster_shared()), NULL,
                                  project_text(&n->s.p, "SELECT current_database()"));
    n->url = proxy_url(n->proxy, direct);
    free(direct);
}

static void net_close(struct net *n)
{
    proxy_stop(n->proxy);
    free(n->url);
    story_close(&n->s);
}

static void connect_via(struct net *n)
{
    memset(&n->via, 0, sizeof n->via);
    n->via.dir = strdup(n->s.p.dir);
    project_connect(&n->via, n->url);
}

static void disconnect(struct net *n)
{
    struct td_url url = n->via.url;
    project_close(&n->via);
    td_url_deinit(&url);
}

/* How many messages a deploy has was reached: false. */
static bool cut_at(struct net *n, enum proxy_fault how, enum proxy_way way, size_t nth)
{
    char fault[100];
    snprintf(fault, sizeof fault, "%s message %zu to the %s", how == PROXY_CUT ? "cut before" : "cut in", nth,
             way == PROXY_TO_SERVER ? "server" : "client");
    connect_via(n);
    proxy_break(n->proxy, how, way, nth);
    int rc = project_deploy(&n->via);
    bool reached = proxy_count(n->proxy) >= nth;
    proxy_break(n->proxy, how, way, 0);
    if (rc != TD_OK && (rc != TD_EOFFLINE || n->via.err.message[0] == '\0' || n->via.err.next[0] == '\0'))
        fail_msg("%s: rc %d, %s | %s", fault, rc, n->via.err.message, n->via.err.next);
    assert_true(rc != TD_OK || !reached || n->via.result.applied == STORY_MIGRATIONS);
    disconnect(n);
    story_check_gone(&n->s, fault);
    story_restart(&n->s);
    return reached;
}

static void sweep(enum proxy_fault how, enum proxy_way way)
{
    struct net n;
    size_t nth = 1, tried = 0;
    net_open(&n);
    for (; cut_at(&n, how, way, nth); tried++)
        nth = story_next(nth, 20);
    print_message("%zu messages tried, a deploy has less than %zu\n", tried, nth);
    assert_true(tried > 20);
    net_close(&n);
}

static void test_cut_before_each_message_to_the_server(void **state)
{
    (void)state;
    sweep(PROXY_CUT, PROXY_TO_SERVER);
}

static void test_cut_before_each_message_to_the_client(void **state)
{
    (void)state;
    sweep(PROXY_CUT, PROXY_TO_CLIENT);
}

static void test_cut_in_each_message_to_the_client(void **state)
{
    (void)state;
    sweep(PROXY_CUT_HALF, PROXY_TO_CLIENT);
}

struct runner {
    struct net *net;
    pthread_t thread;
    atomic_bool cancelled;
    int rc;
};

static void *run(void *data)
{
    struct runner *r = data;
    r->rc = project_deploy(&r->net->via);
    return NULL;
}

/* Another deployer, on a network that works, need not wait for longer than the lease lasts; and Ctrl-C ends the one
 * that hangs, though nobody answers the cancel request either. */
static void stall(struct net *n, int after_ms, enum proxy_way way, size_t nth)
{
    struct runner r = {.net = n};
    char fault[100];
    snprintf(fault, sizeof fault, "stalled %d ms and %zu messages to the %s later", after_ms, nth,
             way == PROXY_TO_SERVER ? "server" : "client");
    connect_via(n);
    n->via.opts.cancelled = &r.cancelled;
    if (after_ms == 0)
        proxy_break(n->proxy, PROXY_STALL, way, nth);
    assert_int_equal(pthread_create(&r.thread, NULL, run, &r), 0);
    nanosleep(&(struct timespec){.tv_sec = after_ms / 1000, .tv_nsec = after_ms % 1000 * 1000000L}, NULL);
    if (after_ms > 0)
        proxy_break(n->proxy, PROXY_STALL, way, nth);
    for (int64_t until = td_clock_ms() + 10000; proxy_count(n->proxy) < nth && td_clock_ms() < until;)
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    n->s.p.opts.wait_ms = 20000;
    story_check_gone(&n->s, fault);
    r.cancelled = true;
    int64_t began = td_clock_ms();
    td_db_cancel(n->via.db);
    assert_in_range(td_clock_ms() - began, 0, 2500);
    pthread_join(r.thread, NULL);
    assert_in_range(td_clock_ms() - began, 0, 12000);
    assert_int_equal(r.rc, TD_ECANCELLED);
    disconnect(n);
    proxy_break(n->proxy, PROXY_STALL, way, 0);
    story_restart(&n->s);
}

static void test_stalled_deployer_is_taken_over_and_can_be_cancelled(void **state)
{
    struct net n;
    (void)state;
    net_open(&n);
    stall(&n, 0, PROXY_TO_SERVER, 30);
    stall(&n, 0, PROXY_TO_CLIENT, 90);
    net_close(&n);
}

/* Long enough for the heartbeat to have a connection of its own, which stalls as well. */
static void test_heartbeat_that_stalls_holds_nobody_up(void **state)
{
    struct net n;
    (void)state;
    net_open(&n);
    story_slow_down(&n.s, 3);
    stall(&n, 2500, PROXY_TO_SERVER, 1);
    net_close(&n);
}

/* An argument chooses tests by a pattern. */
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cut_before_each_message_to_the_server),
        cmocka_unit_test(test_cut_before_each_message_to_the_client),
        cmocka_unit_test(test_cut_in_each_message_to_the_client),
        cmocka_unit_test(test_stalled_deployer_is_taken_over_and_can_be_cancelled),
        cmocka_unit_test(test_heartbeat_that_stalls_holds_nobody_up),
    };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
