-- Constants that do not fit are PostgreSQL's error before any row is looked at.
CREATE TABLE t (id integer PRIMARY KEY, n smallint, i integer, b bigint);
-- rows
UPDATE t SET n = 32767.5 WHERE id = 7;
UPDATE t SET i = 9007199254740993.0 WHERE id = 7;
UPDATE t SET n = 32767.4 WHERE id = 7;
INSERT INTO t (id, n, i, b) VALUES (1, -32768.4, 2.5, 9007199254740993.5);
INSERT INTO t (id, n, i, b) VALUES (2.5, -0.5, -2.5, 1e3);
INSERT INTO t (id, b) VALUES (9, 9223372036854775807.5);
