/* One folder of migrations against both engines: what must be equal when it is deployed.
 *
 * PostgreSQL: the catalog that replaying the folder gives is the one that introspection of the database gives.
 * SQLite: the file's own facts are those of a file made from the catalog in one go; and a file that was deployed
 * migration by migration is, rows included, the file that was deployed in one go. */
#ifndef TD_TEST_PROPERTY_CHECK_H
#define TD_TEST_PROPERTY_CHECK_H

#include <stdbool.h>

#include "core/base/vec.h"
#include "core/migrate/lower.h"

struct td_pgcluster;

struct checking {
    const char *dir;              /* the migrations folder */
    struct td_pgcluster *cluster; /* whose new database is used; NULL: SQLite alone */
    struct td_skip skip;          /* kinds left out on SQLite */
    bool stepwise;                /* deploy migration by migration, too */
    bool ours;                    /* a folder that we made: nothing of it may be refused */
};

struct checked {
    struct td_arena arena;          /* of all below */
    struct td_strings not_followed; /* statements that the replay cannot follow, on PostgreSQL's side */
    struct td_strings differences;  /* in words, the engine in front; empty: all holds */
    const char *failed;             /* a deploy broke off, or NULL: why */
    size_t migrations, statements;
    size_t refused; /* statements, on SQLite: when there are any, nothing is deployed there */
};

/* Never fails itself: what goes wrong is in `out`. td_arena_deinit(&out->arena) afterwards. */
void check_folder(const struct checking *c, struct checked *out);

#endif
