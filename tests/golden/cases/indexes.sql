-- migration: 1_init
CREATE TYPE state AS ENUM ('open', 'done');
CREATE TABLE task (id int PRIMARY KEY, title text, s state, at timestamptz, tags text[], n int);
CREATE INDEX ON task (lower(title));
CREATE UNIQUE INDEX one_open ON task (title) WHERE s = 'open';
CREATE INDEX ON task (at DESC NULLS LAST, title);
CREATE INDEX ON task USING gin (tags);
CREATE INDEX ON task USING hash (n);
CREATE UNIQUE INDEX with_nulls ON task (n, title) NULLS NOT DISTINCT;
ALTER TABLE task ADD CONSTRAINT task_key UNIQUE NULLS NOT DISTINCT (n);
CREATE INDEX CONCURRENTLY IF NOT EXISTS slow ON task (n) INCLUDE (title);
-- migration: 2_change
ALTER INDEX slow RENAME TO slower;
DROP INDEX one_open;
ALTER TABLE task RENAME CONSTRAINT task_key TO task_n;
REINDEX INDEX slower;
