/* Any bytes as a .env file: every key that comes out has a name, a value and a line, and is found. */
#include <string.h>

#include "core/config/dotenv.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct td_dotenv d;
    struct td_err err = {0};
    int rc = td_dotenv_parse((const char *)data, size, &d, &err);
    FUZZ_CHECK(rc == TD_OK || err.message[0] != '\0');
    for (size_t i = 0; rc == TD_OK && i < d.len; i++) {
        FUZZ_CHECK(d.at[i].key[0] != '\0' && d.at[i].value != NULL && d.at[i].line > 0);
        FUZZ_CHECK(td_dotenv_find(&d, d.at[i].key) != NULL);
    }
    td_dotenv_deinit(&d);
    return 0;
}
