#include "core/db/number.h"

#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static locale_t c_locale;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_locale(void)
{
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

/* The thread's locale becomes "C"; returns what it was. Without memory for one, the program's own must do. */
static locale_t enter(void)
{
    pthread_once(&once, make_locale);
    return c_locale != (locale_t)0 ? uselocale(c_locale) : (locale_t)0;
}

static void leave(locale_t old)
{
    if (old != (locale_t)0)
        uselocale(old);
}

void td_number_print(double d, char out[TD_NUMBER_SIZE])
{
    if (isnan(d) || isinf(d)) {
        snprintf(out, TD_NUMBER_SIZE, "%s", isnan(d) ? "NaN" : d < 0 ? "-Infinity" : "Infinity");
        return;
    }
    locale_t old = enter();
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(out, TD_NUMBER_SIZE, "%.*g", digits, d);
        if (strtod(out, NULL) == d)
            break;
    }
    leave(old);
}

double td_number_parse(const char *text)
{
    locale_t old = enter();
    double d = strtod(text, NULL);
    leave(old);
    return d;
}
