/* Version and errors. */
#include "tools/library/api.h"

#include "core/base/mem.h"

#define SAME(name) _Static_assert((int)TANDEM_##name == (int)TD_##name, "public and internal codes differ")
SAME(OK);
SAME(ENOMEM);
SAME(EUSAGE);
SAME(ESYNTAX);
SAME(EREFUSED);
SAME(EDATA);
SAME(ESCHEMA);
SAME(ENOTFOUND);
SAME(EEXISTS);
SAME(EIO);
SAME(EFULL);
SAME(EREADONLY);
SAME(EOFFLINE);
SAME(EDENIED);
SAME(EBUSY);
SAME(ECONFLICT);
SAME(EUNIQUE);
SAME(EFOREIGN);
SAME(ECHECK);
SAME(ENOTNULL);
SAME(EHISTORY);
SAME(ECONFIG);
SAME(ECANCELLED);
SAME(EUNSUPPORTED);
SAME(EBUG);

const char *tandem_version(void)
{
    return TANDEM_VERSION;
}

struct tandem_err *tandem_err_new(void)
{
    return td_mem_zalloc(sizeof(struct tandem_err));
}

void tandem_err_free(struct tandem_err *err)
{
    td_mem_free(err);
}

struct td_err *td_api_err(struct tandem_err *err, struct td_err *scratch)
{
    struct td_err *e = err != NULL ? &err->e : scratch;
    td_err_clear(e);
    return e;
}

int tandem_err_rc(const struct tandem_err *err)
{
    return err != NULL ? (int)err->e.rc : TANDEM_OK;
}

const char *tandem_err_code(const struct tandem_err *err)
{
    return err != NULL ? td_code_info(err->e.code)->number : "";
}

const char *tandem_err_message(const struct tandem_err *err)
{
    return err != NULL ? err->e.message : "";
}

const char *tandem_err_why(const struct tandem_err *err)
{
    return err != NULL ? err->e.why : "";
}

const char *tandem_err_next(const struct tandem_err *err)
{
    return err != NULL ? err->e.next : "";
}

const char *tandem_err_sqlstate(const struct tandem_err *err)
{
    return err != NULL ? err->e.sqlstate : "";
}

const char *tandem_err_path(const struct tandem_err *err)
{
    return err != NULL ? err->e.path : "";
}

unsigned tandem_err_line(const struct tandem_err *err)
{
    return err != NULL ? err->e.line : 0;
}

unsigned tandem_err_column(const struct tandem_err *err)
{
    return err != NULL ? err->e.column : 0;
}
