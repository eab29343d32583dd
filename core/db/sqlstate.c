#include "core/db/sqlstate.h"

#include <string.h>

/* The first entry that is a prefix of the SQLSTATE decides, so exact ones stand before their class. */
static const struct {
    const char *prefix;
    enum td_code code;
} table[] = {
    {"08", TD_C_DB_OFFLINE},        {"0A", TD_C_DB_UNSUPPORTED}, {"21", TD_C_DB_DATA},
    {"22", TD_C_DB_DATA},           {"23505", TD_C_DB_UNIQUE},   {"23P01", TD_C_DB_UNIQUE}, /* exclusion constraint */
    {"23503", TD_C_DB_FOREIGN},     {"23001", TD_C_DB_FOREIGN}, /* ON DELETE RESTRICT, from PostgreSQL 18 on */
    {"23502", TD_C_DB_NOT_NULL},    {"23", TD_C_DB_CHECK},       {"25006", TD_C_READ_ONLY},
    {"25P03", TD_C_DB_OFFLINE}, /* idle in transaction for too long: the session was ended */
    {"25", TD_C_DB_TRANSACTION},    {"26", TD_C_DB_SCHEMA},      {"28", TD_C_DB_DENIED},
    {"2B", TD_C_DB_SCHEMA}, /* dependent objects still exist */
    {"2D", TD_C_DB_TRANSACTION},    {"34", TD_C_DB_SCHEMA},      {"3B", TD_C_DB_TRANSACTION},
    {"3D", TD_C_DB_NOT_FOUND},      {"3F", TD_C_DB_SCHEMA},      {"40002", TD_C_DB_CHECK},
    {"40", TD_C_DB_CONFLICT},       {"42501", TD_C_DB_DENIED},   {"42601", TD_C_DB_SYNTAX},
    {"42", TD_C_DB_SCHEMA},         {"44", TD_C_DB_CHECK},       {"53100", TD_C_DISK_FULL},
    {"53300", TD_C_DB_OFFLINE}, /* too many connections: a retry may help */
    {"53", TD_C_DB_LIMIT},          {"54", TD_C_DB_TOO_LARGE},   {"55P03", TD_C_DB_BUSY},
    {"55P04", TD_C_DB_TRANSACTION}, /* a new enum value, used in the transaction that added it */
    {"55006", TD_C_DB_BUSY},        {"55", TD_C_DB_SCHEMA},      {"57014", TD_C_CANCELLED},
    {"57P", TD_C_DB_OFFLINE},       {"57", TD_C_DB_ENGINE},      {"58", TD_C_DB_ENGINE},
    {"F0", TD_C_DB_ENGINE},         {"XX001", TD_C_DB_CORRUPT},  {"XX002", TD_C_DB_CORRUPT},
    {"XX", TD_C_DB_ENGINE},
};

enum td_code td_sqlstate_code(const char *sqlstate)
{
    if (sqlstate == NULL || strlen(sqlstate) != 5)
        return TD_C_DB_ENGINE;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (strncmp(sqlstate, table[i].prefix, strlen(table[i].prefix)) == 0)
            return table[i].code;
    return TD_C_DB_CHECK; /* P0001 and the states that a RAISE makes up */
}
