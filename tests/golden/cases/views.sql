-- migration: 1_base
CREATE TABLE item (id int PRIMARY KEY, name text, price numeric(10,2));
CREATE VIEW cheap AS SELECT id, upper(name) AS name FROM item WHERE price < 10;
CREATE VIEW cheaper AS SELECT id FROM cheap WHERE id > 5;
-- migration: 2_change
ALTER TABLE item ALTER COLUMN name SET NOT NULL;
-- migration: 3_rename
ALTER TABLE item RENAME COLUMN price TO cost;
DROP VIEW cheaper;
