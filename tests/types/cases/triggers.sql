Triggers: names that meet in the file, and what the order of PostgreSQL's BEFORE triggers means.

--@ case triggers whose names meet in the file are carried
--@ migration 1_init
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.a := 'f'; RETURN NEW; END$$;
CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.b := 'g'; RETURN NEW; END$$;
CREATE SCHEMA s;
CREATE TABLE t (id integer PRIMARY KEY, a text, b text);
CREATE TABLE "a.b" (id integer PRIMARY KEY, a text, b text);
CREATE TABLE a (id integer PRIMARY KEY, a text, b text, b_c serial);
CREATE TABLE s.t (id integer PRIMARY KEY, a text, b text);
CREATE TABLE a_b (id integer PRIMARY KEY, c serial);
CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();
CREATE TRIGGER "TR" BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION g();
CREATE TRIGGER "TR_insert" BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f();
CREATE TRIGGER c BEFORE INSERT ON "a.b" FOR EACH ROW EXECUTE FUNCTION f();
CREATE TRIGGER "b.c" BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION g();
CREATE TRIGGER tr BEFORE INSERT ON s.t FOR EACH ROW EXECUTE FUNCTION f();
--@ deploy
--@ write
INSERT INTO t (id) VALUES (1);
INSERT INTO "a.b" (id) VALUES (1);
INSERT INTO a (id) VALUES (1);
INSERT INTO a_b (id) VALUES (1);
--@ both
SELECT * FROM t;
SELECT * FROM "a.b";
SELECT * FROM a;
SELECT * FROM a_b;
--@ migration 2_again
ALTER TABLE t ALTER COLUMN a SET DEFAULT 'x';
DROP TRIGGER tr ON t;
ALTER TABLE a ADD CONSTRAINT k CHECK (b <> '');
--@ deploy
--@ write
INSERT INTO t (id) VALUES (2);
UPDATE t SET a = 'z' WHERE id = 1;
INSERT INTO a (id) VALUES (2);
--@ both
SELECT * FROM t ORDER BY id;
SELECT * FROM a ORDER BY id;

--@ case tables that swap their names take their triggers along
--@ migration 1_init
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.a := 'f'; RETURN NEW; END$$;
CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.a := 'g'; RETURN NEW; END$$;
CREATE TABLE t (id integer PRIMARY KEY, a text);
CREATE TABLE u (id integer PRIMARY KEY, a text);
CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();
CREATE TRIGGER tr BEFORE INSERT ON u FOR EACH ROW EXECUTE FUNCTION g();
--@ migration 2_swap
ALTER TABLE t RENAME TO x;
ALTER TABLE u RENAME TO t;
ALTER TABLE x RENAME TO u;
--@ migration 3_again
ALTER TABLE t RENAME TO tt;
CREATE TABLE t (id integer PRIMARY KEY, a text);
CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();
--@ deploy
--@ write
INSERT INTO t (id) VALUES (1);
INSERT INTO tt (id) VALUES (1);
INSERT INTO u (id) VALUES (1);
--@ both
SELECT * FROM t;
SELECT * FROM tt;
SELECT * FROM u;

--@ case triggers that build on each other do so in the order of their names
--@ migration 1_init
CREATE FUNCTION trims() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.a := trim(NEW.a); RETURN NEW; END$$;
CREATE FUNCTION raises() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.a := upper(NEW.a); RETURN NEW; END$$;
CREATE FUNCTION tests() RETURNS trigger LANGUAGE plpgsql AS
    $$BEGIN IF NEW.a = '' THEN RAISE EXCEPTION 'empty'; END IF; RETURN NEW; END$$;
CREATE TABLE t (id integer PRIMARY KEY, a text, b text);
CREATE TRIGGER t2 BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION trims();
--@ deploy
--@ migration 2_more
CREATE TRIGGER t1 BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION tests();
CREATE TRIGGER t4 BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION raises();
CREATE TRIGGER t3 BEFORE UPDATE OF a ON t FOR EACH ROW WHEN (NEW.a LIKE '%y%') EXECUTE FUNCTION trims();
--@ deploy refused "a", too
--@ migration 2_more
CREATE TRIGGER t1 BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION tests();
CREATE TRIGGER t4 BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION raises();
CREATE TRIGGER t3 BEFORE UPDATE ON t FOR EACH ROW WHEN (NEW.a LIKE '%y%') EXECUTE FUNCTION trims();
--@ deploy
--@ write
INSERT INTO t VALUES (1, ' x ', NULL), (2, ' ', NULL);
UPDATE t SET a = ' y ' WHERE id = 1;
UPDATE t SET a = ' z ' WHERE id = 2;
--@ shell refuses
INSERT INTO t VALUES (3, '', NULL);
UPDATE t SET a = '';
--@ both
SELECT id, '(' || a || ')' FROM t ORDER BY id;
--@ migration 3_after
CREATE TRIGGER t9 AFTER INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION tests();
--@ deploy
--@ shell refuses
INSERT INTO t VALUES (3, '  ', NULL);
--@ write
INSERT INTO t VALUES (4, ' w ', NULL);
--@ both
SELECT id, '(' || a || ')' FROM t ORDER BY id;

--@ case triggers and the numbers of rows
--@ migration 1_init
CREATE FUNCTION few() RETURNS trigger LANGUAGE plpgsql AS
    $$BEGIN IF NEW.id > 2 THEN RAISE EXCEPTION 'too many'; END IF; RETURN NEW; END$$;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.touched := 'yes'; RETURN NEW; END$$;
CREATE FUNCTION fixed() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'no updates'; END$$;
CREATE TABLE t (id serial PRIMARY KEY, a text);
CREATE TABLE u (k integer PRIMARY KEY, id serial, touched text);
CREATE TABLE f (k integer PRIMARY KEY, id serial, touched text);
CREATE TRIGGER few BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION few();
CREATE TRIGGER touch BEFORE UPDATE ON u FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER fixed BEFORE UPDATE ON f FOR EACH ROW EXECUTE FUNCTION fixed();
CREATE TRIGGER touch BEFORE INSERT ON f FOR EACH ROW EXECUTE FUNCTION touch();
--@ deploy
--@ write
INSERT INTO t (a) VALUES ('x'), ('y');
INSERT INTO u (k) VALUES (1);
INSERT INTO f (k) VALUES (1);
--@ shell refuses
INSERT INTO t (a) VALUES ('z');
UPDATE f SET touched = 'no';
--@ both
SELECT * FROM t ORDER BY id;
SELECT * FROM u;
SELECT * FROM f;
--@ migration 2_bad
CREATE TRIGGER few BEFORE INSERT ON u FOR EACH ROW EXECUTE FUNCTION few();
--@ deploy refused gets its number after the row was stored

--@ case only when something changed: jsonb in the row is compared by value
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, j jsonb, k jsonb NOT NULL DEFAULT '{}', n integer, changes integer NOT NULL DEFAULT 0);
CREATE TABLE u (id integer PRIMARY KEY, j jsonb, same integer);
CREATE FUNCTION count_change() RETURNS trigger AS $$ BEGIN NEW.changes := OLD.changes + 1; RETURN NEW; END $$ LANGUAGE plpgsql;
CREATE FUNCTION note_same() RETURNS trigger AS $$ BEGIN
    IF NEW.j IS NOT DISTINCT FROM OLD.j THEN NEW.same := 1; ELSE NEW.same := 0; END IF; RETURN NEW; END $$ LANGUAGE plpgsql;
CREATE TRIGGER t_change BEFORE UPDATE ON t FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION count_change();
CREATE TRIGGER u_same BEFORE UPDATE ON u FOR EACH ROW EXECUTE FUNCTION note_same();
INSERT INTO t (id, j) SELECT n, '{"a": 1, "b": [1, {"c": null, "d": "x\ny"}], "e f": 1.50, "big": 12345678901234567890123}' FROM generate_series(1, 20) AS n;
INSERT INTO t (id, j) VALUES (21, NULL), (22, NULL), (23, 'null'), (24, '0.10'), (25, '-0.0'), (26, '[]'), (27, '1');
INSERT INTO u (id, j) VALUES (1, '[1, 2]'), (2, '[1, 2]'), (3, NULL), (4, NULL), (5, '{"a": {"b": 1}}'), (6, '9007199254740993');
--@ deploy
--@ write
UPDATE t SET j = j WHERE id = 1;
UPDATE t SET j = '{"b":[1.0,{"d":"x\ny","c":null}],"a":1,"e f":1.5,"big":12345678901234567890123}' WHERE id = 2;
UPDATE t SET j = '{"a": 2, "b": [1, {"c": null, "d": "x\ny"}], "e f": 1.50, "big": 12345678901234567890123}' WHERE id = 3;
UPDATE t SET j = '{"a": 1, "b": [1, {"c": null, "d": "x\nz"}], "e f": 1.50, "big": 12345678901234567890123}' WHERE id = 4;
UPDATE t SET j = '{"a": 1, "b": [1, {"c": null, "d": "x\ny"}], "e f": 1.50, "big": 12345678901234567890124}' WHERE id = 5;
UPDATE t SET j = '{"a": 1, "b": [1, {"c": null, "d": "x\ny"}], "e f": 1.50000000000000000000000001, "big": 12345678901234567890123}' WHERE id = 6;
UPDATE t SET j = '{"a": 1, "b": [{"c": null, "d": "x\ny"}, 1], "e f": 1.50, "big": 12345678901234567890123}' WHERE id = 7;
UPDATE t SET j = '{"a": "1", "b": [1, {"c": null, "d": "x\ny"}], "e f": 1.50, "big": 12345678901234567890123}' WHERE id = 8;
UPDATE t SET j = '{"a": true, "b": [1, {"c": null, "d": "x\ny"}], "e f": 1.50, "big": 12345678901234567890123}' WHERE id = 9;
UPDATE t SET j = '{"a": 1, "b": [1, {"d": "x\ny"}], "e f": 1.50, "big": 12345678901234567890123}' WHERE id = 10;
UPDATE t SET j = NULL WHERE id = 11;
UPDATE t SET k = '[]' WHERE id = 12;
UPDATE t SET n = 1 WHERE id = 13;
UPDATE t SET k = ' { } ' WHERE id = 14;
UPDATE t SET j = NULL WHERE id = 21;
UPDATE t SET j = 'null' WHERE id = 22;
UPDATE t SET j = 'null ' WHERE id = 23;
UPDATE t SET j = '0.1' WHERE id = 24;
UPDATE t SET j = '0' WHERE id = 25;
UPDATE t SET j = '{}' WHERE id = 26;
UPDATE t SET j = '1.000' WHERE id = 27;
UPDATE u SET j = '[1,2.0]' WHERE id = 1;
UPDATE u SET j = '[2, 1]' WHERE id = 2;
UPDATE u SET j = NULL WHERE id = 3;
UPDATE u SET j = '[]' WHERE id = 4;
UPDATE u SET j = '{"a": {"b": 1, "c": []}}' WHERE id = 5;
UPDATE u SET j = '9007199254740992' WHERE id = 6;
--@ both
SELECT id, changes FROM t ORDER BY id;
SELECT id, same FROM u ORDER BY id;
--@ shell
UPDATE t SET j = '{"a": 1}' WHERE id = 15;
--@ shell refuses
UPDATE t SET j = '{"a": 1, "a": 2}' WHERE id = 15;
UPDATE t SET j = '{"a": 1e1}' WHERE id = 15;
UPDATE t SET j = '{"\u0061": 1}' WHERE id = 15;
--@ migration 2_more
UPDATE t SET j = j || '{"z": 1}', k = jsonb_set(k, '{}', '{}') WHERE id > 15;
--@ deploy
--@ both
SELECT id, changes FROM t WHERE id > 15 ORDER BY id;
--@ migration 3_check
ALTER TABLE t ADD CHECK (j IS DISTINCT FROM k);
--@ deploy refused telling apart values of type jsonb

--@ case a trigger function whose new body is not carried, marked: SQLite goes on without the trigger
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, x text, n integer NOT NULL DEFAULT 0);
CREATE TABLE log (id serial PRIMARY KEY, t integer);
CREATE FUNCTION count_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.n := NEW.n + 1; RETURN NEW; END $$;
CREATE TRIGGER t_count BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION count_up();
INSERT INTO t (id, x) VALUES (1, 'a');
UPDATE t SET x = 'b';
--@ deploy
--@ migration 2_new
CREATE OR REPLACE FUNCTION count_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO log (t) VALUES (NEW.id); NEW.n := NEW.n + 1; RETURN NEW; END $$;
UPDATE t SET x = 'c';
--@ deploy refused trigger "t_count" on "t" cannot be carried
--@ migration 2_new
CREATE OR REPLACE FUNCTION count_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.n := NEW.n + 10; RETURN NEW; END $$;
UPDATE t SET x = 'c';
--@ migration 3_marked
-- the first statement's
-- tandem: postgres
CREATE OR REPLACE FUNCTION count_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO log (t) VALUES (NEW.id); RETURN NEW; END $$;
ALTER TABLE t ADD COLUMN y integer;
UPDATE t SET y = 1;
DROP TRIGGER t_count ON t;
--@ deploy
--@ fates 3_marked skipped carried carried carried
--@ both
SELECT * FROM t;
--@ migration 4_again
CREATE FUNCTION unused() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.n := 0; RETURN NEW; END $$;
CREATE TRIGGER t_unused BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION unused();
-- tandem: postgres
CREATE OR REPLACE FUNCTION unused() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.n := 1; RETURN NEW; END $$;
--@ deploy refused function "unused" is on both engines

--@ case two triggers of one function that assign a column the same
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, x text, seen text);
CREATE FUNCTION mark_seen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.seen := upper(NEW.x); RETURN NEW; END $$;
CREATE TRIGGER t_one BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION mark_seen();
CREATE TRIGGER t_two BEFORE UPDATE ON t FOR EACH ROW WHEN (NEW.id > 1) EXECUTE FUNCTION mark_seen();
INSERT INTO t VALUES (1, 'a', NULL), (2, 'b', 'x');
UPDATE t SET x = x || 'c';
--@ deploy
--@ write
UPDATE t SET seen = 'no' WHERE id = 1;
--@ both
SELECT * FROM t ORDER BY id;

--@ case several triggers of a table do not see each other's work as a change
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, x text, version integer NOT NULL DEFAULT 1, hits integer NOT NULL DEFAULT 0,
    seen text);
CREATE FUNCTION a_touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.seen := upper(NEW.x); RETURN NEW; END $$;
CREATE FUNCTION bump() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN NEW.version := OLD.version + 1; RETURN NEW; END $$;
CREATE FUNCTION hit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.hits = NEW.hits + 1; RETURN NEW; END $$;
CREATE FUNCTION first_hit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.hits = 1; RETURN NEW; END $$;
CREATE TRIGGER a BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION a_touch();
CREATE TRIGGER b BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION bump();
CREATE TRIGGER c BEFORE UPDATE OF x ON t FOR EACH ROW EXECUTE FUNCTION hit();
CREATE TRIGGER d BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION first_hit();
CREATE TABLE inv (id integer PRIMARY KEY, status text, seen text);
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN IF OLD.status = 'final' THEN RAISE EXCEPTION 'is final'; END IF; RETURN NEW; END $$;
CREATE FUNCTION mark() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.seen := NEW.status; RETURN NEW; END $$;
CREATE TRIGGER keep BEFORE UPDATE ON inv FOR EACH ROW EXECUTE FUNCTION keep();
CREATE TRIGGER mark BEFORE UPDATE ON inv FOR EACH ROW EXECUTE FUNCTION mark();
INSERT INTO t (id, x) VALUES (1, 'a'), (2, 'b');
UPDATE t SET x = 'c' WHERE id = 1;
--@ deploy
--@ write
INSERT INTO inv VALUES (1, 'new', NULL);
UPDATE inv SET status = 'final';
UPDATE t SET x = 'd' WHERE id = 2;
UPDATE t SET id = id + 10;
UPDATE t SET x = x || '!', hits = 5 WHERE id = 11;
--@ shell refuses
UPDATE inv SET status = 'again';
--@ both
SELECT * FROM t ORDER BY id;
SELECT * FROM inv;
--@ migration 2_more
CREATE FUNCTION drop_x() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.x := NULL; RETURN NEW; END $$;
CREATE TRIGGER e BEFORE UPDATE OF seen ON t FOR EACH ROW EXECUTE FUNCTION drop_x();
DROP TRIGGER a ON t;
UPDATE t SET seen = 'y' WHERE id = 11;
--@ deploy
--@ write
UPDATE t SET seen = 'z' WHERE id = 12;
--@ both
SELECT * FROM t ORDER BY id;

--@ case rows that BEFORE triggers drop or restore are not carried, whatever else they do
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, kind text, locked boolean NOT NULL DEFAULT false);
CREATE FUNCTION noise() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN IF NEW.kind = 'noise' THEN RETURN NULL; END IF; RETURN NEW; END $$;
CREATE FUNCTION none_left() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_notify('c', 'x'); RETURN NULL; END $$;
CREATE FUNCTION undo() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE NOTICE 'no'; RETURN OLD; END $$;
CREATE FUNCTION locked() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN IF OLD.locked THEN RAISE EXCEPTION 'locked'; END IF; RETURN NEW; END $$;
CREATE FUNCTION told() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_notify('c', OLD.id::text); RETURN NEW; END $$;
CREATE FUNCTION nested() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN IF NEW.id > 0 THEN IF NEW.kind = 'noise' THEN RETURN NULL; END IF; END IF; RETURN NEW; END $$;
CREATE FUNCTION never() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.kind := 'x'; END $$;
CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_notify('c', (100 / NEW.id)::text); RETURN NEW; END $$;
CREATE FUNCTION fails_if() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN IF 100 / NEW.id > 1 THEN PERFORM pg_notify('c', 'x'); END IF; RETURN NEW; END $$;
CREATE FUNCTION fails_notice() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE NOTICE '%', 100 / NEW.id; NEW.kind := 'x'; RETURN NEW; END $$;
CREATE FUNCTION one_path() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN IF NEW.id > 1 THEN IF NEW.kind = 'a' THEN RETURN NEW; END IF; END IF; NEW.kind := 'x'; RETURN NEW; END $$;
CREATE FUNCTION each_op() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.locked THEN RAISE EXCEPTION 'locked'; END IF;
        PERFORM pg_notify('c', row_to_json(OLD)::text);
        RETURN OLD;
    ELSIF TG_OP = 'UPDATE' AND NEW.id <> OLD.id THEN
        RAISE EXCEPTION 'id stays';
    END IF;
    PERFORM pg_notify('c', json_build_object('id', NEW.id)::text);
    RETURN NEW;
END $$;
CREATE TRIGGER a_op BEFORE INSERT OR UPDATE OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION each_op();
CREATE TRIGGER b_path BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION one_path();
CREATE TRIGGER c_told AFTER UPDATE OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION told();
CREATE TRIGGER d_none AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION none_left();
--@ deploy
--@ fates 1_init carried skipped skipped skipped skipped skipped skipped skipped skipped skipped skipped skipped skipped carried carried skipped skipped
--@ write
INSERT INTO t VALUES (1, 'a', true), (2, 'a', false), (3, 'noise', false), (4, 'b', false);
DELETE FROM t WHERE id = 4;
UPDATE t SET kind = 'c' WHERE id = 3;
--@ shell refuses
DELETE FROM t WHERE id = 1;
UPDATE t SET id = 9 WHERE id = 2;
--@ both
SELECT id, kind FROM t ORDER BY id;
--@ migration 2_noise
CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION noise();
--@ deploy refused drops rows by RETURN NULL
--@ migration 2_none
CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION none_left();
--@ deploy refused drops rows by RETURN NULL
--@ migration 2_nested
CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION nested();
--@ deploy refused drops rows by RETURN NULL
--@ migration 2_undo
CREATE TRIGGER x BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION undo();
--@ deploy refused undoes changes by RETURN OLD
--@ migration 2_locked
CREATE TRIGGER x BEFORE UPDATE OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION locked();
--@ deploy refused drops deletes by RETURN NEW
--@ migration 2_told
CREATE TRIGGER x BEFORE DELETE ON t FOR EACH ROW EXECUTE FUNCTION told();
--@ deploy refused drops deletes by RETURN NEW
--@ migration 2_fails
CREATE TRIGGER x AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION fails();
--@ deploy refused what it notifies of can fail
--@ migration 2_fails
CREATE TRIGGER x AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION fails_if();
--@ deploy refused what it notifies of can fail
--@ migration 2_fails
CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION fails_notice();
--@ deploy refused what it notifies of can fail
--@ migration 2_never
CREATE TRIGGER x BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION never();
--@ deploy
--@ shell refuses
UPDATE t SET kind = 'no';

--@ case assignments that build on each other, branches, and columns that must not be NULL
--@ migration 1_init
CREATE TABLE u (id integer PRIMARY KEY, email text NOT NULL, name varchar(10), slug text, kind text NOT NULL,
    n integer NOT NULL DEFAULT 0, i integer, made text, at timestamptz);
CREATE FUNCTION norm() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN NEW.email := lower(trim(NEW.email)); RETURN NEW; END $$;
CREATE FUNCTION fills() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF TG_OP = 'INSERT' THEN NEW.made := TG_TABLE_NAME || ':' || TG_ARGV[0]; ELSE NEW.made := OLD.made; END IF;
    IF NEW.kind = 'a' THEN
        NEW.slug := 'is a';
    ELSIF NEW.kind = 'b' THEN
        NEW.slug := 'is b';
        NEW.kind := 'c';
    ELSE
        NEW.slug := NULL;
    END IF;
    NEW.slug := NEW.slug || '/' || NEW.kind;
    NEW.n := NEW.n * 1.5;
    NEW.i := NEW.n + 1;
    IF NEW.at IS NULL AND NEW.i > 3 THEN NEW.at := '2020-01-01 00:00:00Z'; NEW.i := 0; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER norm BEFORE INSERT OR UPDATE ON u FOR EACH ROW EXECUTE FUNCTION norm();
CREATE TRIGGER fills BEFORE INSERT OR UPDATE ON u FOR EACH ROW EXECUTE FUNCTION fills('arg');
--@ deploy
--@ write
INSERT INTO u (id, email, kind) VALUES (1, ' A@X ', 'a');
INSERT INTO u (id, email, kind, n) VALUES (2, 'B@X', 'b', 2);
INSERT INTO u (id, email, kind, n) VALUES (3, 'c@x', 'd', 3);
UPDATE u SET email = 'D@X' WHERE id IN (1, 2);
--@ both
SELECT id, email, slug, kind, n, i, made, CASE WHEN at IS NULL THEN 0 ELSE 1 END FROM u ORDER BY id;
--@ shell refuses
INSERT INTO u (id, email, kind) VALUES (4, NULL, 'a');
--@ migration 2_variables
CREATE FUNCTION v() RETURNS trigger LANGUAGE plpgsql AS
    $$ DECLARE x text := 'a'; BEGIN IF NEW.kind = x THEN RAISE EXCEPTION 'a'; END IF; RETURN NEW; END $$;
CREATE TRIGGER v BEFORE INSERT ON u FOR EACH ROW EXECUTE FUNCTION v();
--@ deploy refused has the variable "x"
--@ migration 2_too_long
CREATE FUNCTION v() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.name := 'more than ten'; RETURN NEW; END $$;
CREATE TRIGGER v BEFORE INSERT ON u FOR EACH ROW EXECUTE FUNCTION v();
--@ deploy refused PostgreSQL fails when it fires: value too long
--@ migration 2_no_column
CREATE FUNCTION v() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.name := NEW.nothing; RETURN NEW; END $$;
CREATE TRIGGER v BEFORE INSERT ON u FOR EACH ROW EXECUTE FUNCTION v();
--@ deploy refused PostgreSQL fails when it fires: column
--@ migration 2_argument
CREATE FUNCTION v() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN IF NEW.kind = TG_ARGV[NEW.n] THEN RAISE EXCEPTION 'a'; END IF; RETURN NEW; END $$;
CREATE TRIGGER v BEFORE INSERT ON u FOR EACH ROW EXECUTE FUNCTION v('a');
--@ deploy refused uses tg_argv
--@ migration 2_chance
CREATE FUNCTION v() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN NEW.slug := gen_random_uuid(); NEW.made := NEW.slug; RETURN NEW; END $$;
CREATE TRIGGER v BEFORE INSERT ON u FOR EACH ROW EXECUTE FUNCTION v();
--@ deploy refused by chance
--@ migration 2_not_null
CREATE FUNCTION v() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN NEW.kind := coalesce(NEW.kind, 'z'); RETURN NEW; END $$;
CREATE TRIGGER v BEFORE INSERT ON u FOR EACH ROW EXECUTE FUNCTION v();
--@ deploy refused fills a NOT NULL column

--@ case ON CONFLICT does not see what BEFORE INSERT triggers make of the row
--@ migration 1_init
CREATE TABLE item (sku text PRIMARY KEY, title text, slug text, email text UNIQUE, n integer NOT NULL DEFAULT 0);
CREATE FUNCTION slugs() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.slug := lower(NEW.title); RETURN NEW; END $$;
CREATE TRIGGER slugs BEFORE INSERT OR UPDATE ON item FOR EACH ROW EXECUTE FUNCTION slugs();
INSERT INTO item (sku, title) VALUES ('a', 'Old') ON CONFLICT (sku) DO NOTHING;
INSERT INTO item (sku, title) VALUES ('a', 'New'), ('b', 'B') ON CONFLICT (sku) DO UPDATE SET title = EXCLUDED.title, n = item.n + 1;
INSERT INTO item (sku, title) VALUES ('a', 'Not') ON CONFLICT DO NOTHING;
--@ deploy
--@ both
SELECT * FROM item ORDER BY sku;
--@ migration 2_excluded
INSERT INTO item (sku, title) VALUES ('a', 'Newer') ON CONFLICT (sku) DO UPDATE SET slug = EXCLUDED.slug;
--@ deploy refused ON CONFLICT over "slug"
--@ migration 2_where
INSERT INTO item (sku, title) VALUES ('a', 'Newer') ON CONFLICT (sku) DO UPDATE SET n = 9 WHERE EXCLUDED.slug = 'x';
--@ deploy refused ON CONFLICT over "slug"
--@ migration 2_email
CREATE FUNCTION emails() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.email := lower(NEW.email); RETURN NEW; END $$;
CREATE TRIGGER emails BEFORE INSERT OR UPDATE ON item FOR EACH ROW EXECUTE FUNCTION emails();
INSERT INTO item (sku, email) VALUES ('c', 'abc'), ('d', 'X');
--@ deploy
--@ both
SELECT * FROM item ORDER BY sku;
--@ migration 3_target
INSERT INTO item (sku, email) VALUES ('e', 'ABC') ON CONFLICT (email) DO NOTHING;
--@ deploy refused ON CONFLICT over "email"
--@ migration 3_any
INSERT INTO item (sku, email) VALUES ('e', 'ABC') ON CONFLICT DO NOTHING;
--@ deploy refused ON CONFLICT over "email"
--@ migration 3_constraint
INSERT INTO item (sku, email) VALUES ('e', 'ABC') ON CONFLICT ON CONSTRAINT item_email_key DO NOTHING;
--@ deploy refused ON CONFLICT over "email"

--@ case DISABLE TRIGGER ALL around a load: foreign keys and triggers are off until ENABLE
--@ migration 1_init
CREATE TABLE parent (id integer PRIMARY KEY, x text);
CREATE TABLE child (id integer PRIMARY KEY, p integer REFERENCES parent (id) ON DELETE CASCADE, x text);
CREATE TABLE alone (id integer PRIMARY KEY, x text);
CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.x := upper(NEW.x); RETURN NEW; END $$;
CREATE TRIGGER shout BEFORE INSERT ON child FOR EACH ROW EXECUTE FUNCTION shout();
CREATE TRIGGER shout BEFORE INSERT ON alone FOR EACH ROW EXECUTE FUNCTION shout();
ALTER TABLE alone DISABLE TRIGGER ALL;
--@ migration 2_load
ALTER TABLE child DISABLE TRIGGER ALL;
ALTER TABLE parent DISABLE TRIGGER ALL;
INSERT INTO child VALUES (1, 10, 'one'), (2, 20, 'two');
INSERT INTO parent VALUES (10, 'p'), (20, 'q');
ALTER TABLE child ENABLE TRIGGER ALL;
ALTER TABLE parent ENABLE TRIGGER ALL;
INSERT INTO child VALUES (3, 20, 'three');
INSERT INTO alone VALUES (1, 'one');
DELETE FROM parent WHERE id = 10;
--@ deploy
--@ both
SELECT * FROM child ORDER BY id;
SELECT * FROM parent ORDER BY id;
SELECT * FROM alone ORDER BY id;
--@ write
INSERT INTO child VALUES (4, 20, 'four');
DELETE FROM parent WHERE id = 20;
INSERT INTO parent VALUES (30, 'r');
--@ shell refuses
PRAGMA foreign_keys = on; INSERT INTO child VALUES (9, 9, 'nine');
--@ both
SELECT count(*) FROM child;
--@ migration 3_left
ALTER TABLE child DISABLE TRIGGER ALL;
--@ deploy refused stay disabled behind the migration
--@ migration 3_delete
ALTER TABLE parent DISABLE TRIGGER ALL;
DELETE FROM parent WHERE id = 30;
ALTER TABLE parent ENABLE TRIGGER ALL;
--@ deploy refused are changed while its foreign keys are disabled

--@ case our own UPDATE is none that a trigger answers, with recursive_triggers on, too
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, a text, was text, n integer NOT NULL DEFAULT 0);
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN NEW.was := OLD.a; NEW.n := OLD.n + 1; RETURN NEW; END $$;
CREATE TRIGGER keep BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION keep();
INSERT INTO t VALUES (1, 'a'), (2, 'b');
--@ deploy
--@ shell
PRAGMA recursive_triggers = on;
UPDATE t SET a = a || 'x', n = 5;
UPDATE t SET a = a || 'y', was = 'no' WHERE id = 2;
--@ postgres
UPDATE t SET a = a || 'x', n = 5;
UPDATE t SET a = a || 'y', was = 'no' WHERE id = 2;
--@ both
SELECT * FROM t ORDER BY id;

--@ case a trigger that only notified follows its function, and ENABLE REPLICA TRIGGER disables it
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, x text);
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_notify('c', 'x'); RETURN NEW; END $$;
CREATE TRIGGER f BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();
--@ deploy
--@ migration 2_new
CREATE OR REPLACE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.x := 'set'; RETURN NEW; END $$;
--@ deploy
--@ write
INSERT INTO t (id) VALUES (1);
--@ both
SELECT * FROM t;
--@ migration 3_new
CREATE OR REPLACE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_notify('c', 'x'); RETURN NULL; END $$;
--@ deploy refused drops rows
--@ migration 4_new
CREATE OR REPLACE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_notify('c', 'x'); RETURN NEW; END $$;
--@ deploy
--@ write
INSERT INTO t (id) VALUES (2);
--@ both
SELECT * FROM t;
--@ migration 5_same_file
CREATE OR REPLACE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.x := 'again'; RETURN NEW; END $$;
INSERT INTO t (id) VALUES (3);
ALTER TABLE t ENABLE REPLICA TRIGGER f;
INSERT INTO t (id) VALUES (4);
ALTER TABLE t ENABLE ALWAYS TRIGGER f;
INSERT INTO t (id) VALUES (5);
--@ deploy
--@ both
SELECT * FROM t;

--@ case TRUNCATE fires no DELETE triggers
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY);
CREATE TABLE c (id integer PRIMARY KEY, t integer REFERENCES t (id));
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'stays'; END $$;
CREATE TRIGGER keep BEFORE DELETE ON t FOR EACH ROW EXECUTE FUNCTION keep();
CREATE TRIGGER keep AFTER DELETE ON c FOR EACH ROW EXECUTE FUNCTION keep();
INSERT INTO t VALUES (1);
INSERT INTO c VALUES (1, 1), (2, 1);
TRUNCATE c;
INSERT INTO c VALUES (3, 1);
TRUNCATE t CASCADE;
INSERT INTO t VALUES (4);
INSERT INTO c VALUES (5, 4);
--@ deploy
--@ shell refuses
DELETE FROM t;
DELETE FROM c;
--@ both
SELECT * FROM c;

--@ case triggers go on after a statement that failed half way
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, a text CHECK (a <> 'BAD'), n integer NOT NULL DEFAULT 0);
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN NEW.a := upper(NEW.a); NEW.n := NEW.n + 1; RETURN NEW; END $$;
CREATE TRIGGER f BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f();
--@ deploy
--@ write
INSERT INTO t (id, a) VALUES (1, 'x'), (2, 'y');
--@ shell refuses
UPDATE OR FAIL t SET a = 'bad' WHERE id = 2
--@ shell
DELETE FROM t WHERE id = 2;
--@ postgres
DELETE FROM t WHERE id = 2;
--@ write
UPDATE t SET a = 'z';
INSERT INTO t (id, a) VALUES (3, 'x');
--@ both
SELECT * FROM t ORDER BY id;
