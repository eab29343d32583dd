-- migration: 1_init
CREATE SCHEMA app;
CREATE TABLE app.t (id serial PRIMARY KEY, x int);
CREATE INDEX t_x ON app.t (x);
CREATE TABLE u (id int PRIMARY KEY, t_id int REFERENCES app.t (id));
SET search_path TO app, public;
CREATE TABLE w (id int PRIMARY KEY);
-- migration: 2_move
ALTER TABLE app.w SET SCHEMA public;
ALTER SCHEMA app RENAME TO core;
INSERT INTO core.t (x) VALUES (1);
-- migration: 3_clash
CREATE TABLE "core.t" (id int);
-- migration: 4_drop
DROP SCHEMA core CASCADE;
