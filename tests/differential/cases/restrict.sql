-- RESTRICT within one table: rows that refer to each other may go in one statement.
CREATE TABLE node (id integer PRIMARY KEY, up integer REFERENCES node (id) ON DELETE RESTRICT ON UPDATE RESTRICT);
CREATE TABLE leaf (id integer PRIMARY KEY, node integer REFERENCES node (id) ON DELETE RESTRICT);
-- rows
INSERT INTO node VALUES (1, 1), (2, 1), (3, 2), (4, NULL);
INSERT INTO leaf VALUES (1, 4);
DELETE FROM node WHERE id = 1;
DELETE FROM node WHERE id = 4;
DELETE FROM node WHERE id IN (1, 2);
UPDATE node SET id = 9 WHERE id = 1;
DELETE FROM node WHERE id IN (1, 2, 3);
DELETE FROM leaf;
DELETE FROM node;
