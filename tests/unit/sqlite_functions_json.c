/* SQLite functions on json and arrays, and aggregates.
 * Each expectation is what PostgreSQL 15 answered to the same question. */
#include "tests/unit/sqlite_functions_case.h"

static const struct td_fn_case json[] = {
    {"pg_to_jsonb(1,'bool')", "true"},
    {"pg_to_jsonb('x\"y','text')", "\"x\\\"y\""},
    {"pg_to_jsonb(1.5,'numeric(10,2)')", "1.50"},
    {"pg_to_jsonb('2026-11-22T10:19:00.120000Z','timestamptz')", "\"2026-11-22T10:19:00.12+00:00\""},
    {"pg_to_jsonb('2026-11-22T10:19:00.120000','timestamp')", "\"2026-11-22T10:19:00.12\""},
    {"pg_to_jsonb('2026-11-22','date')", "\"2026-11-22\""},
    {"pg_to_jsonb('[1,2,null]','int[]')", "[1, 2, null]"},
    {"pg_to_json('[\"a\",\"b\"]','text[]')", "[\"a\",\"b\"]"},
    {"pg_to_jsonb(NULL,'int')", "<null>"},
    {"pg_to_jsonb('{\"b\":1,\"a\":2}','json')", "{\"a\": 2, \"b\": 1}"},
    {"pg_json_get('{\"a\" : {\"b\":1.10}}','a',0)", "{\"b\":1.10}"},
    {"pg_json_get('{\"a\":\"x\\u00e4\"}','a',1)", "xä"},
    {"pg_jsonb_get('[1,2,3]',-1,0)", "3"},
    {"pg_jsonb_get('{\"a\":null}','a',0)", "null"},
    {"pg_jsonb_get('{\"a\":null}','a',1)", "<null>"},
    {"pg_jsonb_get('{\"a\":9007199254740993}','a',1)", "9007199254740993"},
    {"pg_jsonb_get('{\"a\":1e3}','a',1)", "1000"},
    {"pg_json_get('{\"a\":1e3}','a',1)", "1e3"},
    {"pg_jsonb_get('[1]','0',1)", "<null>"},
    {"pg_jsonb_path('{\"a\":{\"b\":[\"x\",\"y\"]}}','[\"a\",\"b\",\"1\"]',1)", "y"},
    {"pg_jsonb_path('{\"a\":[1,2]}','[\"a\",\"-1\"]',0)", "2"},
    {"pg_jsonb_path('{\"a\":1}','[]',0)", "{\"a\": 1}"},
    {"pg_jsonb_contains('{\"a\":1,\"b\":{\"c\":[1,2]}}','{\"b\":{\"c\":[2]}}')", "1"},
    {"pg_jsonb_contains('[\"foo\",\"bar\"]','\"bar\"')", "1"},
    {"pg_jsonb_contains('[1,[1,3]]','[1,3]')", "0"},
    {"pg_jsonb_contains('{\"a\":1.0}','{\"a\":1}')", "1"},
    {"pg_jsonb_exists('{\"a\":1}','a')", "1"},
    {"pg_jsonb_exists('[\"a\"]','a')", "1"},
    {"pg_jsonb_exists_any('{\"a\":1}','[\"b\",\"a\"]')", "1"},
    {"pg_jsonb_exists_all('{\"a\":1}','[\"b\",\"a\"]')", "0"},
    {"pg_jsonb_concat('{\"a\":1}','{\"b\":2,\"a\":3}')", "{\"a\": 3, \"b\": 2}"},
    {"pg_jsonb_concat('[1]','{\"a\":1}')", "[1, {\"a\": 1}]"},
    {"pg_jsonb_concat('1','2')", "[1, 2]"},
    {"pg_jsonb_concat('{\"a\":1}','[2]')", "[{\"a\": 1}, 2]"},
    {"pg_jsonb_delete('{\"a\":1,\"b\":2}','a')", "{\"b\": 2}"},
    {"pg_jsonb_delete('[\"a\",\"b\",\"a\"]','a')", "[\"b\"]"},
    {"pg_jsonb_delete('[1,2,3]',-1)", "[1, 2]"},
    {"pg_jsonb_delete('{\"a\":1}',1)", "ERR 22023: cannot delete from object using integer index"},
    {"pg_jsonb_delete('1','a')", "ERR 22023: cannot delete from scalar"},
    {"pg_jsonb_delete_keys('{\"a\":1,\"b\":2,\"c\":3}','[\"a\",\"c\"]')", "{\"b\": 2}"},
    {"pg_jsonb_delete_path('{\"a\":{\"b\":1,\"c\":2}}','[\"a\",\"b\"]')", "{\"a\": {\"c\": 2}}"},
    {"pg_jsonb_delete_path('[1,2,3]','[\"-1\"]')", "[1, 2]"},
    {"pg_jsonb_set('{\"a\":{\"b\":1}}','[\"a\",\"c\"]','5')", "{\"a\": {\"b\": 1, \"c\": 5}}"},
    {"pg_jsonb_set('{\"a\":{\"b\":1}}','[\"a\",\"c\"]','5',0)", "{\"a\": {\"b\": 1}}"},
    {"pg_jsonb_set('{\"a\":1}','[\"x\",\"y\"]','5')", "{\"a\": 1}"},
    {"pg_jsonb_set('[1,2]','[\"5\"]','9')", "[1, 2, 9]"},
    {"pg_jsonb_set('[1,2]','[\"-5\"]','9')", "[9, 1, 2]"},
    {"pg_jsonb_set('[1,2]','[\"0\"]','9')", "[9, 2]"},
    {"pg_jsonb_set('[1,2]','[\"a\"]','9')", "ERR 22P02: path element at position 1 is not an integer: \"a\""},
    {"pg_jsonb_set('1','[\"a\"]','9')", "ERR 22023: cannot set path in scalar"},
    {"pg_jsonb_set('{\"a\":1}','[]','9')", "{\"a\": 1}"},
    {"pg_jsonb_set('{\"a\":[{\"b\":1}]}','[\"a\",\"0\",\"b\"]','{\"z\":1,\"y\":2}')",
     "{\"a\": [{\"b\": {\"y\": 2, \"z\": 1}}]}"},
    {"pg_jsonb_insert('{\"a\":[0,1,2]}','[\"a\",\"1\"]','\"n\"')", "{\"a\": [0, \"n\", 1, 2]}"},
    {"pg_jsonb_insert('{\"a\":[0,1,2]}','[\"a\",\"1\"]','\"n\"',1)", "{\"a\": [0, 1, \"n\", 2]}"},
    {"pg_jsonb_insert('{\"a\":1}','[\"a\"]','2')", "ERR 22023: cannot replace existing key"},
    {"pg_jsonb_set_lax('{\"a\":1,\"b\":2}','[\"a\"]',NULL,1,'delete_key')", "{\"b\": 2}"},
    {"pg_jsonb_set_lax('{\"a\":1}','[\"a\"]',NULL)", "{\"a\": null}"},
    {"pg_jsonb_strip_nulls('{\"a\":null,\"b\":{\"c\":null,\"d\":1},\"e\":[null]}')",
     "{\"b\": {\"d\": 1}, \"e\": [null]}"},
    {"pg_json_strip_nulls('{\"a\":null, \"b\": 1}')", "{\"b\":1}"},
    {"pg_jsonb_pretty('{\"a\":[1,{}],\"b\":{}}')",
     "{\\n    \"a\": [\\n        1,\\n        {\\n        }\\n    ],\\n    \"b\": {\\n    }\\n}"},
    {"pg_jsonb_typeof('1.5')", "number"},
    {"pg_jsonb_array_length('[1,2]')", "2"},
    {"pg_jsonb_array_length('{}')", "ERR 22023: cannot get array length of a non-array"},
    {"pg_jsonb_build_object('b',pg_to_jsonb(1,'int'),'a',pg_to_jsonb(NULL,'int'))", "{\"a\": null, \"b\": 1}"},
    {"pg_json_build_object('b',pg_to_json(1,'int'),'a',pg_to_json('x','text'))", "{\"b\" : 1, \"a\" : \"x\"}"},
    {"pg_jsonb_build_object('a')", "ERR 22023: argument list must have even number of elements"},
    {"pg_jsonb_build_object(NULL,'1')", "ERR 22023: argument 1: key must not be null"},
    {"pg_json_build_object(NULL,'1')", "ERR 22023: argument 1 cannot be null"},
    {"pg_jsonb_build_array('1','\"a\"',NULL)", "[1, \"a\", null]"},
    {"pg_row_to_json('a','1','b',NULL)", "{\"a\":1,\"b\":null}"},
    {"pg_jsonb_object('[\"a\",\"1\",\"b\",null]')", "{\"a\": \"1\", \"b\": null}"},
    {"pg_jsonb_object('[\"a\",\"b\"]','[\"1\",\"2\"]')", "{\"a\": \"1\", \"b\": \"2\"}"},
    {"pg_jsonb_number('3.7','int')", "4"},
    {"pg_jsonb_number('\"x\"','int')", "ERR 22023: cannot cast jsonb string to type integer"},
    {"pg_jsonb_number('true','bool')", "1"},
    {"pg_jsonb_number('1.50','numeric')", "1.50"},
    {"pg_jsonb_key('{\"b\":1.50,\"a\":[1.0]}')", "{\"a\": [1], \"b\": 1.5}"},
    {"pg_jsonb_object_keys_rows('{\"bb\":1,\"a\":2}')", "[\"a\",\"bb\"]"},
    {"pg_json_object_keys_rows('{\"bb\":1,\"a\":2}')", "[\"bb\",\"a\"]"},
    {"pg_jsonb_object_keys_rows('[1]')", "ERR 22023: cannot call jsonb_object_keys on an array"},
    {"pg_jsonb_array_elements_rows('[1.10,\"x\",null]',1)", "[\"1.10\",\"x\",null]"},
    {"pg_jsonb_array_elements_rows('[1.10,\"x\",null]')", "[\"1.10\",\"\\\"x\\\"\",\"null\"]"},
    {"pg_jsonb_array_elements_rows('{}')", "ERR 22023: cannot extract elements from an object"},
    {"pg_json_array_elements_rows('1')", "ERR 22023: cannot call json_array_elements on a scalar"},
    {"pg_jsonb_each_rows('{\"b\":1,\"a\":null}',1)", "[[\"a\",null],[\"b\",\"1\"]]"},
    {"pg_jsonb_each_rows('[1]')", "ERR 22023: cannot call jsonb_each on a non-object"},
    {"pg_json_each_rows('1')", "ERR 22023: cannot deconstruct a scalar"},
    {"pg_to_jsonb('[\"{\\\"a\\\": 1}\"]','jsonb[]')", "[{\"a\": 1}]"},
    {"pg_jsonb_get('{\"a\":1','a',1)", "ERR 22P02: invalid input syntax for type json"},
};

static const struct td_fn_case arrays[] = {
    {"pg_array_text(pg_array('int4',1,NULL,3),'int4')", "{1,NULL,3}"},
    {"pg_array_text(pg_array_append(NULL,'x','text'),'text')", "{x}"},
    {"pg_array_text(pg_array_prepend(1,'[2]','int'),'int')", "{1,2}"},
    {"pg_array_text(pg_array_cat('[1]','[2,3]'),'int')", "{1,2,3}"},
    {"pg_array_text(pg_array_cat('[[1,2]]','[3,4]'),'int')", "{{1,2},{3,4}}"},
    {"pg_array_text(pg_array_remove('[\"a\",\"b\",\"a\",null]','a','text'),'text')", "{b,NULL}"},
    {"pg_array_text(pg_array_replace('[1,2,5,4]',5,3,'int'),'int')", "{1,2,3,4}"},
    {"pg_array_position('[\"sun\",\"mon\"]','mon','text')", "2"},
    {"pg_array_position('[\"sun\",null]',NULL,'text')", "2"},
    {"pg_array_text(pg_array_positions('[1,2,1]',1,'int'),'int')", "{1,3}"},
    {"pg_array_get('[\"a\",\"b\"]','text',2)", "b"},
    {"pg_array_get('[\"a\",\"b\"]','text',3)", "<null>"},
    {"pg_array_get('[[1,2],[3,4]]','int',2,1)", "3"},
    {"pg_array_text(pg_array_slice('[1,2,3,4]',2,3),'int')", "{2,3}"},
    {"pg_array_length('[1,2]',1)", "2"},
    {"pg_array_length('[]',1)", "<null>"},
    {"pg_array_upper('[1,2]',1)", "2"},
    {"pg_array_ndims('[[1],[2]]')", "2"},
    {"pg_cardinality('[[1,2],[3,4]]')", "4"},
    {"pg_cardinality('[]')", "0"},
    {"pg_array_contains('[1,4,3]','[3,1,3]')", "1"},
    {"pg_array_contains('[1,null]','[null]')", "0"},
    {"pg_array_overlap('[\"a\"]','[\"b\",\"a\"]')", "1"},
    {"pg_array_to_string('[1,2,null,3]','int',',')", "1,2,3"},
    {"pg_array_to_string('[1,2,null,3]','int',',','*')", "1,2,*,3"},
    {"pg_array_to_string('[true]','bool',',')", "t"},
    {"pg_array_text(pg_string_to_array('a,b,,c',','),'text')", "{a,b,\"\",c}"},
    {"pg_array_text(pg_string_to_array('xx~~yy~~zz','~~','yy'),'text')", "{xx,NULL,zz}"},
    {"pg_array_text(pg_string_to_array('abc',NULL),'text')", "{a,b,c}"},
    {"pg_array_text(pg_string_to_array('',','),'text')", "{}"},
    {"pg_array_text(pg_trim_array('[1,2,3]',2),'int')", "{1}"},
    {"pg_trim_array('[1]',2)", "ERR 2202E: number of elements to trim must be between 0 and 1"},
};

static const struct td_fn_case aggregates[] = {
    {"pg_string_agg(v,',') from (select 'a' v union all select NULL union all select 'b')", "a,b"},
    {"pg_array_text(pg_array_agg(v,'text'),'text') from (select 'a' v union all select NULL)", "{a,NULL}"},
    {"pg_jsonb_agg(v) from (select '1' v union all select NULL)", "[1, null]"},
    {"pg_json_object_agg(k,v) from (select 'a' k, '1' v union all select 'b','2')", "{ \"a\" : 1, \"b\" : 2 }"},
    {"pg_jsonb_object_agg(k,v) from (select 'b' k, '1' v union all select 'a','2')", "{\"a\": 2, \"b\": 1}"},
    {"pg_string_agg(v,',') from (select 'a' v) where 0", "<null>"},
    {"pg_avg_numeric(v) from (select 1 v union all select 2 union all select 2)", "1.6666666666666667"},
    {"pg_sum_numeric(v) from (select '0.10' v union all select '0.205')", "0.305"},
    {"pg_bool_and(v) from (select 1 v union all select NULL union all select 0)", "0"},
    {"pg_max_numeric(v) from (select '9.5' v union all select '10')", "10"},
    {"pg_sum_interval(v) from (select '1 day' v union all select '02:00:00')", "1 day 02:00:00"},
    {"pg_sum_int(v) from (select 9223372036854775807 v union all select 1)", "ERR 22003: bigint out of range"},
};

static void test_json_answers_as_postgresql(void **state)
{
    td_fn_check_cases(*state, json, sizeof json / sizeof json[0]);
}

static void test_arrays_answer_as_postgresql(void **state)
{
    td_fn_check_cases(*state, arrays, sizeof arrays / sizeof arrays[0]);
}

static void test_aggregates_answer_as_postgresql(void **state)
{
    td_fn_check_cases(*state, aggregates, sizeof aggregates / sizeof aggregates[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_answers_as_postgresql),
        cmocka_unit_test(test_arrays_answer_as_postgresql),
        cmocka_unit_test(test_aggregates_answer_as_postgresql),
    };
    return cmocka_run_group_tests(tests, td_fn_open, td_fn_close);
}
