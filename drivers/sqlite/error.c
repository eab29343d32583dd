/* SQLite's errors as SQLSTATE. Constraints, locks and files have result codes of their own; everything that the parser
 * finds is SQLITE_ERROR, told apart by its text only (the texts of 3.40; an unknown one becomes 42000). */
#include <ctype.h>
#include <string.h>

#include "core/db/sqlstate.h"
#include "drivers/sqlite/conn.h"

static const struct {
    const char *part; /* of the message */
    const char *sqlstate;
} texts[] = {
    {"syntax error", "42601"},
    {"incomplete input", "42601"},
    {"unrecognized token", "42601"},
    {"no such table", "42P01"},
    {"no such view", "42P01"},
    {"no such column", "42703"},
    {"has no column named", "42703"},
    {"unknown column", "42703"},
    {"no such index", "42704"},
    {"no such trigger", "42704"},
    {"no such collation", "42704"},
    {"no such function", "42883"},
    {"wrong number of arguments to function", "42883"},
    {"no such savepoint", "3B001"},
    {"no such window", "42P20"},
    {"duplicate column name", "42701"},
    {"already exists", "42P07"},
    {"already another table or index with this name", "42P07"},
    {"already a table named", "42P07"},
    {"already an index named", "42P07"},
    {"ambiguous column name", "42702"},
    {"foreign key mismatch", "42830"},
    {"misuse of aggregate", "42803"},
    {"misuse of window function", "42P20"},
    {"values for", "42601"},
    {"values were supplied", "42601"},
    {"do not have the same number of result columns", "42601"},
    {"integer overflow", "22003"},
    {"malformed JSON", "22P02"},
    {"JSON path error", "22033"},
    {"string or blob too big", "54000"},
    {"too many", "54000"},
    {"cannot start a transaction within a transaction", "25001"},
    {"no transaction is active", "25P01"},
    {"from within a transaction", "25001"},
    {"generated column", "428C9"},
    {"because it is a view", "42809"},
    {"CHECK constraint failed", "23514"}, /* ALTER TABLE ADD COLUMN, about rows that are there */
    {"NOT NULL constraint failed", "23502"},
    {"Cannot add a NOT NULL column", "23502"},
};

static const char *from_text(const char *message)
{
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (strstr(message, texts[i].part) != NULL)
            return texts[i].sqlstate;
    return "42000";
}

static const char *from_constraint(int code)
{
    switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID: return "23505";
    case SQLITE_CONSTRAINT_FOREIGNKEY: return "23503";
    case SQLITE_CONSTRAINT_NOTNULL: return "23502";
    case SQLITE_CONSTRAINT_CHECK: return "23514";
    case SQLITE_CONSTRAINT_TRIGGER: return "P0001";  /* RAISE() in a trigger, as PL/pgSQL's RAISE */
    case SQLITE_CONSTRAINT_DATATYPE: return "22P02"; /* STRICT tables */
    default: return "23000";
    }
}

/* Triggers of ours stand in for keys while those are off, and count for sequences. */
static const char *from_trigger(const char *message)
{
    static const char end_of_sequence[] = "nextval: reached ";
    if (strcmp(message, "FOREIGN KEY constraint failed") == 0)
        return "23503";
    if (strncmp(message, end_of_sequence, sizeof end_of_sequence - 1) == 0)
        return "2200H";
    return from_constraint(SQLITE_CONSTRAINT_TRIGGER);
}

static const char *from_code(int code, const char *message)
{
    switch (code) {
    case SQLITE_BUSY_SNAPSHOT: return "40001"; /* waiting does not help: the snapshot is old */
    case SQLITE_LOCKED_SHAREDCACHE: return "55P03";
    case SQLITE_CONSTRAINT_TRIGGER: return from_trigger(message);
    default: break;
    }
    switch (code & 0xFF) {
    case SQLITE_CONSTRAINT: return from_constraint(code);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL: return "55P03";
    case SQLITE_READONLY: return "25006";
    case SQLITE_FULL: return "53100";
    case SQLITE_CORRUPT: return "XX001";
    case SQLITE_INTERRUPT: return "57014";
    case SQLITE_MISMATCH: return "42804";
    case SQLITE_TOOBIG: return "54000";
    case SQLITE_PERM:
    case SQLITE_AUTH: return "42501";
    case SQLITE_NOLFS:
    case SQLITE_CANTOPEN: return "58030";
    case SQLITE_IOERR: return "58030";
    case SQLITE_RANGE:
    case SQLITE_MISUSE: return "XX000";
    default: return from_text(message);
    }
}

/* tandem's own SQL functions begin their messages with the state: "22003: integer out of range". */
static const char *own_state(const char *message, char state[6])
{
    for (int i = 0; i < 5; i++)
        if (!isdigit((unsigned char)message[i]) && !(message[i] >= 'A' && message[i] <= 'Z'))
            return NULL;
    if (message[5] != ':' || message[6] != ' ')
        return NULL;
    memcpy(state, message, 5);
    state[5] = '\0';
    return message + 7;
}

static void put_next(struct td_err *err, const struct conn *c, int code)
{
    switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        td_err_next(err, "Another program is writing to \"%s\"; run the command again when it is done.", c->path);
        break;
    case SQLITE_FULL: td_err_next(err, "Free some space and run the command again."); break;
    case SQLITE_CORRUPT:
        td_err_next(err, "Copy \"%s\" away, then restore a backup or try the sqlite3 shell's .recover.", c->path);
        break;
    case SQLITE_READONLY: td_err_next(err, "Check who may write to \"%s\" and to its directory.", c->path); break;
    default: break;
    }
}

/* 1-based character of byte `offset`. */
unsigned td_sqlite_character(const char *sql, size_t offset)
{
    unsigned n = 1;
    for (size_t i = 0; i < offset && sql[i] != '\0'; i++)
        n += ((unsigned char)sql[i] & 0xC0) != 0x80;
    return n;
}

static void put_column(struct td_err *err, struct conn *c, const char *sql, size_t base)
{
    int offset = sqlite3_error_offset(c->db);
    size_t len = strlen(sql);
    if (offset >= 0 && base + (size_t)offset <= len)
        err->column = td_sqlite_character(sql, base + (size_t)offset);
    else if (strcmp(sqlite3_errmsg(c->db), "incomplete input") == 0)
        err->column = td_sqlite_character(sql, len);
}

int td_err_sqlite(struct td_err *err, struct conn *c, int rc, const char *sql, size_t base)
{
    int code = sqlite3_extended_errcode(c->db);
    if ((code & 0xFF) != (rc & 0xFF))
        code = rc;
    const char *message = (code & 0xFF) == (sqlite3_errcode(c->db) & 0xFF) ? sqlite3_errmsg(c->db) : sqlite3_errstr(rc);
    char state[6];

    if ((code & 0xFF) == SQLITE_NOMEM)
        return td_err_nomem(err);
    if ((code & 0xFF) == SQLITE_NOTADB) {
        td_err_set(err, TD_C_DB_NOT_A_DATABASE, "\"%s\" is not an SQLite database", c->path);
        td_err_sqlstate(err, "58000");
        return td_err_next(err, "Check the path of the URL; the file was not changed.");
    }
    if (code == SQLITE_READONLY_ROLLBACK || code == SQLITE_READONLY_RECOVERY || code == SQLITE_READONLY_CANTINIT) {
        td_err_set(err, TD_C_DB_UNFINISHED, "\"%s\" was left in the middle of a transaction", c->path);
        td_err_sqlstate(err, "25006");
        td_err_why(err, "finishing or undoing it writes to the file, which was opened for reading only");
        return td_err_next(err, "Open it once with write permission: sqlite3 \"%s\" 'SELECT 1'", c->path);
    }
    if (atomic_load(&c->cancelled) && ((code & 0xFF) == SQLITE_BUSY || (code & 0xFF) == SQLITE_INTERRUPT)) {
        td_err_set(err, TD_C_CANCELLED, "the statement was cancelled");
        return td_err_sqlstate(err, "57014");
    }
    const char *own = (code & 0xFF) == SQLITE_ERROR ? own_state(message, state) : NULL;
    const char *sqlstate = own != NULL ? state : from_code(code, message);
    td_err_set(err, td_sqlstate_code(sqlstate), "%s", own != NULL ? own : message);
    td_err_sqlstate(err, sqlstate);
    put_next(err, c, code);
    if (sql != NULL && (code & 0xFF) == SQLITE_ERROR)
        put_column(err, c, sql, base);
    return (int)err->rc;
}
