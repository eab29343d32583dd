/* The PostgreSQL driver.
 *
 * Settings of the session: client_encoding UTF8, standard_conforming_strings on (our SQL texts rely on it), DateStyle's
 * output ISO and extra_float_digits at least 1 (values are exact), search_path where the URL has schema=. All else is
 * as the server has it, TimeZone included: a migration sees what it would see in psql, and a timestamptz column comes
 * in the server's zone with its offset. Behind a transaction pooler (pgbouncer=true, or noticed) nothing is set for the
 * session; search_path is then set in each transaction that td_db_begin opens. */
#ifndef TD_POSTGRES_DRIVER_H
#define TD_POSTGRES_DRIVER_H

#include "core/db/driver.h"

extern const struct td_driver td_driver_postgres;

#endif
