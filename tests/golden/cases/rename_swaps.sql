-- migration: 1_init
CREATE TABLE a (id serial PRIMARY KEY, x int, y int CHECK (y > 0), b_id int);
CREATE TABLE b (id serial PRIMARY KEY, x text);
ALTER TABLE a ADD CONSTRAINT a_b FOREIGN KEY (b_id) REFERENCES b (id);
CREATE VIEW v AS SELECT a.x, b.x AS bx FROM a JOIN b ON a.b_id = b.id;
-- migration: 2_columns
ALTER TABLE a RENAME x TO t;
ALTER TABLE a RENAME y TO x;
ALTER TABLE a RENAME t TO y;
-- migration: 3_tables
ALTER TABLE a RENAME TO t;
ALTER TABLE b RENAME TO a;
ALTER TABLE t RENAME TO b;
ALTER SEQUENCE a_id_seq RENAME TO t_seq;
ALTER SEQUENCE b_id_seq RENAME TO a_id_seq;
ALTER SEQUENCE t_seq RENAME TO b_id_seq;
-- migration: 4_case
ALTER TABLE b RENAME TO "B";
ALTER VIEW v RENAME TO w;
-- migration: 5_constraints
ALTER TABLE "B" RENAME CONSTRAINT a_y_check TO positive;
ALTER TABLE a ADD CONSTRAINT a_x UNIQUE (x);
ALTER TABLE a RENAME CONSTRAINT a_x TO a_texts;
