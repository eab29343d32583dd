-- migration: 1_init
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE p (id int PRIMARY KEY, m mood);
CREATE TABLE c (id int PRIMARY KEY, p_id int REFERENCES p, m mood DEFAULT 'ok');
CREATE VIEW v AS SELECT id FROM p;
CREATE VIEW vv AS SELECT id FROM v;
-- migration: 2_refused
DROP TABLE p;
DROP TYPE mood;
-- migration: 3_cascade
DROP TABLE p CASCADE;
DROP TYPE mood CASCADE;
-- migration: 4_again
CREATE TABLE p (id int PRIMARY KEY);
DROP TABLE IF EXISTS nothing, p;
