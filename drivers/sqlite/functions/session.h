/* What a connection's functions remember: the transaction's time, and the sequences used. */
#ifndef TD_SQLITE_FUNCTIONS_SESSION_H
#define TD_SQLITE_FUNCTIONS_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include <sqlite3.h>

struct td_fn_seq {
    char *name;
    int64_t value;
    struct td_fn_seq *next;
};

struct td_fn_state {
    sqlite3 *db;
    int refs;           /* registered functions that point here */
    int64_t started_us; /* now() of this transaction, microseconds since 2000; 0: not asked yet */
    int64_t statement_us;
    bool inside; /* a statement of our own runs: it begins nothing */
    struct td_fn_seq *seqs;
    struct td_fn_seq *last; /* borrowed from seqs; NULL: nextval not called yet */
};

int64_t td_fn_now(struct td_fn_state *s);
int64_t td_fn_statement_now(struct td_fn_state *s);

#endif
