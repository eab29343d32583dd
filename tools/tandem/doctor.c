#include "tools/tandem/doctor.h"

#include <stdarg.h>
#include <stdio.h>

struct td_check *td_doctor_add(struct td_doctor *d, const char *engine, const char *name, enum td_health health,
                               const char *fmt, ...)
{
    static struct td_check spare; /* past the last one: a doctor has fewer checks than that */
    struct td_check *c = d->len < sizeof d->at / sizeof d->at[0] ? &d->at[d->len++] : &spare;
    va_list args;
    *c = (struct td_check){.engine = engine, .name = name, .health = health};
    va_start(args, fmt);
    vsnprintf(c->text, sizeof c->text, fmt, args);
    va_end(args);
    return c;
}

void td_doctor_add_err(struct td_doctor *d, const char *engine, const char *name, enum td_health health,
                       const struct td_err *err)
{
    struct td_check *c =
        td_doctor_add(d, engine, name, health, "%s: %.400s", td_code_info(err->code)->number, err->message);
    snprintf(c->next, sizeof c->next, "%.500s", err->next);
}
