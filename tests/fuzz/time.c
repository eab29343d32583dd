/* Any text as a value of each kind of time and as an interval: what is read is printed in a form that reads back. */
#include <string.h>

#include "core/base/mem.h"
#include "core/base/time.h"
#include "tests/fuzz/fuzz.h"

static void check_time(enum td_time_kind kind, const char *text)
{
    static const int64_t now = INT64_C(722000000000000);
    struct td_time t, back;
    struct td_buf canonical = {0}, pg = {0};
    struct td_err err = {0};
    if (td_time_parse(kind, -1, text, &now, &t, &err) != TD_OK) {
        FUZZ_CHECK(err.message[0] != '\0' && err.sqlstate[0] != '\0');
        return;
    }
    td_time_print_canonical(&t, &canonical);
    td_time_print_pg(&t, &pg);
    FUZZ_CHECK(td_time_parse(kind, -1, td_buf_str(&canonical), &now, &back, &err) == TD_OK);
    FUZZ_CHECK(back.v == t.v && back.zone_s == t.zone_s);
    FUZZ_CHECK(td_time_parse(kind, -1, td_buf_str(&pg), &now, &back, &err) == TD_OK);
    FUZZ_CHECK(back.v == t.v && back.zone_s == t.zone_s);
    td_buf_deinit(&canonical);
    td_buf_deinit(&pg);
}

static void check_interval(const char *text)
{
    struct td_interval i, back;
    struct td_buf printed = {0};
    struct td_err err = {0};
    if (td_interval_parse(text, &i, &err) != TD_OK)
        return;
    td_interval_print(&i, &printed);
    FUZZ_CHECK(td_interval_parse(td_buf_str(&printed), &back, &err) == TD_OK);
    FUZZ_CHECK(back.months == i.months && back.days == i.days && back.us == i.us);
    td_buf_deinit(&printed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = td_mem_dup(data, size);
    for (int kind = TD_TIME_TIMESTAMPTZ; kind <= TD_TIME_TIMETZ; kind++)
        check_time((enum td_time_kind)kind, text);
    check_interval(text);
    td_mem_free(text);
    return 0;
}
