#include "drivers/postgres/libpq.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct td_libpq td_libpq;

static const struct {
    const char *name;
    size_t offset; /* in td_libpq */
} functions[] = {
#define ENTRY(name) {#name, offsetof(struct td_libpq, fn_##name)},
    TD_LIBPQ_FUNCTIONS(ENTRY)
#undef ENTRY
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char problem[256]; /* "" when it is loaded */

/* It stays loaded: what it has started (OpenSSL, Kerberos) does not like to go. */
static void load(void)
{
    void *lib = dlopen("libpq.so.5", RTLD_LAZY | RTLD_LOCAL);
    for (size_t i = 0; lib != NULL && i < sizeof functions / sizeof functions[0]; i++) {
        void *at = dlsym(lib, functions[i].name);
        if (at == NULL)
            lib = NULL;
        memcpy((char *)&td_libpq + functions[i].offset, &at, sizeof at);
    }
    if (lib == NULL)
        snprintf(problem, sizeof problem, "%s", dlerror());
}

int td_libpq_load(struct td_err *err)
{
    pthread_once(&once, load);
    if (problem[0] == '\0')
        return TD_OK;
    td_err_set(err, TD_C_DB_UNSUPPORTED, "PostgreSQL's client library cannot be loaded: %s", problem);
    return td_err_next(err, "Install it: apt-get install libpq5, or your system's package of that name.");
}
