/* The schema of the simulated world: made once in a process, as a file that each device begins with. */
#ifndef TD_TEST_SIM_SCHEMA_H
#define TD_TEST_SIM_SCHEMA_H

#include "core/db/db.h"
#include "sync/device.h"

enum { SIM_TABLES = 7, SIM_TENANTS = 2, SIM_COLUMNS = 10 };

struct sim_key { /* a unique or a foreign key, by numbers of columns */
    size_t table, n, columns[2];
    size_t ref, ref_columns[2]; /* FOREIGN */
    enum td_fk_action on_delete, on_update;
};

struct sim_schema {
    const struct td_sync_tables *all;
    size_t tenants, users, members, projects, tasks, tags, labels; /* numbers of tables */
    struct sim_key uniques[8], foreign[16];
    size_t n_uniques, n_foreign;
    bool not_null[SIM_TABLES][SIM_COLUMNS];
    const char *config;
    /* of each tenant a file without rows */
    unsigned char *files[SIM_TENANTS];
    int64_t file_bytes[SIM_TENANTS];
};
extern struct sim_schema sim_schema;

/* Ends the program with a word when it cannot be made. */
void sim_schema_open(void);
void sim_schema_close(void);
size_t sim_column(size_t table, const char *name);
/* The key's text, as the log has it. Inside td_arena_run. */
const char *sim_key_text(struct td_arena *a, size_t table, const struct td_value *at);
/* Numbers or texts, as keys and references are; NULL is equal to nothing. */
bool sim_equal(struct td_value a, struct td_value b);

/* Copies a connection's main database to bytes, owned by the caller (free), and back into a connection. */
unsigned char *sim_file_take(struct td_db *db, int64_t *size_out);
struct td_db *sim_file_open(const unsigned char *bytes, int64_t size);

#endif
