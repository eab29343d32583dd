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

--@ case triggers that build on each other are refused
--@ migration 1_init
CREATE FUNCTION trims() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.a := trim(NEW.a); RETURN NEW; END$$;
CREATE FUNCTION raises() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.a := upper(NEW.a); RETURN NEW; END$$;
CREATE FUNCTION tests() RETURNS trigger LANGUAGE plpgsql AS
    $$BEGIN IF NEW.a = '' THEN RAISE EXCEPTION 'empty'; END IF; RETURN NEW; END$$;
CREATE TABLE t (id integer PRIMARY KEY, a text);
CREATE TRIGGER t1 BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION trims();
--@ deploy
--@ migration 2_assigns
CREATE TRIGGER t2 BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION raises();
--@ deploy refused before the other looks at it
--@ migration 2_reads
CREATE TRIGGER t2 BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION tests();
--@ deploy refused before the other looks at it
--@ migration 2_other_event
CREATE TRIGGER t2 BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION raises();
--@ deploy
--@ write
INSERT INTO t VALUES (1, ' x ');
UPDATE t SET a = ' y ';
--@ both
SELECT * FROM t;

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
