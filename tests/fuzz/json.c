/* Any bytes as JSON, for both readers: what they accept, jsonb's output form of it, and that this form is stable. */
#include <string.h>

#include "core/base/json.h"
#include "core/base/jsontext.h"
#include "tests/fuzz/fuzz.h"

static void check_document(const char *text, size_t len)
{
    struct td_json_doc *doc = NULL;
    struct td_err err = {0};
    int rc = td_json_parse(text, len, "x.json", &doc, &err);
    FUZZ_CHECK(rc == TD_OK ? td_json_kind(td_json_root(doc)) != TD_JSON_NONE : err.line > 0);
    td_json_close(doc);
}

static void check_text(const char *text, size_t len)
{
    struct td_buf once = {0}, twice = {0};
    struct td_err err = {0};
    bool equal = false;
    int valid = td_jsontext_check(text, len, &err);
    int rc = td_jsonb_normalise(text, len, &once, &err);
    FUZZ_CHECK(rc != TD_OK || valid == TD_OK);
    if (rc == TD_OK) {
        FUZZ_CHECK(td_jsontext_check(once.at, once.len, &err) == TD_OK);
        FUZZ_CHECK(td_jsonb_normalise(once.at, once.len, &twice, &err) == TD_OK);
        FUZZ_CHECK(once.len == twice.len && memcmp(once.at, twice.at, once.len) == 0);
        FUZZ_CHECK(td_jsonb_equal(text, len, once.at, once.len, &equal, &err) == TD_OK && equal);
    }
    td_buf_deinit(&once);
    td_buf_deinit(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_document((const char *)data, size);
    check_text((const char *)data, size);
    return 0;
}
