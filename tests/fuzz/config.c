/* Any bytes as tandem.json: a config, or an error with its place. */
#include "core/config/config.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct td_config *c = NULL;
    struct td_err err = {0};
    int rc = td_config_parse((const char *)data, size, "tandem.json", &c, &err);
    FUZZ_CHECK(rc == TD_OK || (err.message[0] != '\0' && err.line > 0));
    td_config_close(c);
    return 0;
}
