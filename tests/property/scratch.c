#include "tests/property/scratch.h"

#include <stddef.h>

#include "core/config/url.h"
#include "tests/lib/pgcluster.h"

static const char empty_it[] =
    "DO $$ DECLARE s text; BEGIN FOR s IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_'"
    " AND nspname <> 'information_schema' LOOP EXECUTE format('DROP SCHEMA %I CASCADE', s); END LOOP; END $$;"
    " CREATE SCHEMA public; GRANT ALL ON SCHEMA public TO public";

int scratch_open(struct td_pgcluster *c, enum scratch which, struct td_db **out, struct td_err *err)
{
    static char *urls[SCRATCHES]; /* live as long as the program, as the cluster does */
    struct td_url url;
    if (urls[which] == NULL)
        urls[which] = td_pgcluster_create(c);
    if (urls[which] == NULL)
        return td_err_set(err, TD_C_DB_OFFLINE, "no database could be made");
    int rc = td_url_parse(urls[which], NULL, &url, err);
    if (rc != TD_OK)
        return rc;
    rc = td_db_open(&url, NULL, out, err);
    td_url_deinit(&url);
    return rc == TD_OK ? td_db_exec(*out, empty_it, err) : rc;
}
