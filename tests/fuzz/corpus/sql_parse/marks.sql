-- tandem: sqlite
/* CREATE TABLE t (id INTEGER PRIMARY KEY) STRICT; */
CREATE TABLE t (id serial PRIMARY KEY);
-- tandem: postgres
CREATE EXTENSION pgcrypto; -- tail
/* a /* nested */ comment */ SELECT ';', $q$ ; $q$, E'\'', "a;b" FROM t;
