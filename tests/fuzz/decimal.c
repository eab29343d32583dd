/* Two lines as numerics: what is read is printed in a form that reads back the same, the order is one, and sums and
 * products agree with their opposites. */
#include <string.h>

#include "core/base/decimal.h"
#include "core/base/mem.h"
#include "tests/fuzz/fuzz.h"

static bool is_number(const char *text)
{
    return strpbrk(text, "NI") == NULL; /* NaN, Infinity */
}

static void check_pair(const char *a, const char *b)
{
    struct td_buf sum = {0}, back = {0}, product = {0}, swapped = {0};
    struct td_err err = {0};
    int order = 0, reverse = 0, same = 2;
    FUZZ_CHECK(td_decimal_compare(a, b, &order, &err) == TD_OK && td_decimal_compare(b, a, &reverse, &err) == TD_OK);
    FUZZ_CHECK(order == -reverse && order >= -1 && order <= 1);
    if (td_decimal_add(a, b, &sum, &err) == TD_OK && td_decimal_sub(td_buf_str(&sum), b, &back, &err) == TD_OK &&
        is_number(td_buf_str(&sum)))
        FUZZ_CHECK(td_decimal_compare(td_buf_str(&back), a, &same, &err) == TD_OK && same == 0);
    if (td_decimal_mul(a, b, &product, &err) == TD_OK)
        FUZZ_CHECK(td_decimal_mul(b, a, &swapped, &err) == TD_OK &&
                   strcmp(td_buf_str(&product), td_buf_str(&swapped)) == 0);
    td_buf_reset(&sum);
    td_buf_reset(&back);
    if (td_decimal_div(a, b, &sum, &err) != TD_OK || td_decimal_mod(a, b, &back, &err) != TD_OK)
        FUZZ_CHECK(err.message[0] != '\0' && err.sqlstate[0] != '\0');
    td_buf_deinit(&sum);
    td_buf_deinit(&back);
    td_buf_deinit(&product);
    td_buf_deinit(&swapped);
}

/* False: no numeric. */
static bool canon(const char *text, struct td_buf *out)
{
    struct td_buf twice = {0};
    struct td_err err = {0};
    int rc = td_decimal_canon(text, out, &err);
    FUZZ_CHECK((rc == TD_OK) == td_decimal_valid(text));
    FUZZ_CHECK(rc == TD_OK || (err.message[0] != '\0' && err.sqlstate[0] != '\0'));
    if (rc == TD_OK)
        FUZZ_CHECK(td_decimal_canon(td_buf_str(out), &twice, &err) == TD_OK &&
                   strcmp(td_buf_str(out), td_buf_str(&twice)) == 0);
    td_buf_deinit(&twice);
    return rc == TD_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = td_mem_dup(data, size), *nl = strchr(text, '\n');
    struct td_buf a = {0}, b = {0};
    if (nl != NULL)
        *nl = '\0';
    bool first = canon(text, &a), second = nl != NULL && canon(nl + 1, &b);
    if (first && second && a.len < 3000 && b.len < 3000)
        check_pair(td_buf_str(&a), td_buf_str(&b));
    td_buf_deinit(&a);
    td_buf_deinit(&b);
    td_mem_free(text);
    return 0;
}
