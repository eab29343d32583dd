-- migration: 1_base
CREATE TABLE t (id int PRIMARY KEY, a int);
-- tandem: postgres
CREATE TABLE only_pg (id int PRIMARY KEY);
-- tandem: postgres
CREATE INDEX t_fancy ON t USING gin ((ARRAY[a]));
-- tandem: sqlite
/* CREATE INDEX t_plain ON t (a); */
-- tandem:sqlite
/* CREATE VIEW v AS SELECT 2 AS n; */
CREATE VIEW v AS SELECT 1 AS n;
INSERT INTO only_pg VALUES (1);
