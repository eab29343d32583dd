-- migration: 1_all
CREATE TABLE room (id int, during tsrange, EXCLUDE USING gist (id WITH =, during WITH &&));
CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1';
CREATE TABLE part (id int) PARTITION BY RANGE (id);
CREATE TABLE "Case" (id int);
CREATE TABLE "case" (id int);
DO $$ BEGIN FOR i IN 1..3 LOOP EXECUTE 'SELECT ' || i; END LOOP; END $$;
ALTER TABLE missing ADD COLUMN x int;
CREATE TABLE sqlite_x (id int);
CREATE TABLE bare ();
CREATE TABLE last_one (a int);
ALTER TABLE last_one DROP COLUMN a;
SELEKT 1;
