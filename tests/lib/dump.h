/* All that a database holds besides tandem's own tables, as text: objects, then rows. Two databases with the same text
 * are in the same state. */
#ifndef TD_TEST_DUMP_H
#define TD_TEST_DUMP_H

struct td_db;

/* Owned (td_mem_free). A failure ends the test. */
char *dump_database(struct td_db *db);
/* Names of the migrations that are recorded as applied, each with a line end; "" without a history. Owned likewise. */
char *dump_applied(struct td_db *db);

#endif
