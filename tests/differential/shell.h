/* The plain sqlite3 shell: what it may write to the file that the migrations made. */
#ifndef TD_TEST_DIFFERENTIAL_SHELL_H
#define TD_TEST_DIFFERENTIAL_SHELL_H

#include "tests/differential/pair.h"
#include "tests/lib/gen.h"

/* For each column of each table that has a row, `forms` values, as PostgreSQL prints them or written in any other way,
 * are put into it by the stock shell. Each must be refused, or be there as PostgreSQL reads it. By design, by name:
 *   opaque                 what is carried as text only is not looked into
 *   sqlite_reads_numbers   a number column takes what SQLite itself reads as a number: no CHECK sees how it was
 * written; of the digits of a REAL the last bit or two may be off
 */
bool shell_offer(struct pair *p, struct gen *g, unsigned forms, struct td_buf *problem);

#endif
