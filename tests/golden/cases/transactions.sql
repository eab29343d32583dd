-- migration: 1_closed
CREATE TABLE t (id int PRIMARY KEY);
BEGIN;
INSERT INTO t VALUES (1);
COMMIT AND CHAIN;
SAVEPOINT a;
INSERT INTO t VALUES (2);
RELEASE a;
END;
-- migration: 2_left_open
INSERT INTO t VALUES (3);
BEGIN; INSERT INTO t VALUES (4); COMMIT AND CHAIN;
INSERT INTO t VALUES (5);
-- migration: 3_left_open_on_postgres
-- tandem: allow long-transaction it is marked
-- tandem: postgres
BEGIN;
INSERT INTO t VALUES (6);
-- migration: 4_rolled_back
BEGIN;
INSERT INTO t VALUES (7);
ROLLBACK;
-- migration: 5_prepared
BEGIN;
INSERT INTO t VALUES (8);
PREPARE TRANSACTION 'x';
ROLLBACK PREPARED 'x';
-- migration: 6_in_a_block
-- tandem: sqlite
/* INSERT INTO t VALUES (9);
   -- COMMIT;
   CREATE TRIGGER tr AFTER INSERT ON t BEGIN SELECT CASE WHEN 1 THEN 2 END; END;
   END TRANSACTION; */
INSERT INTO t VALUES (9);
-- tandem: sqlite
/* pragma main.foreign_keys = off; */
INSERT INTO t VALUES (10);
-- migration: 6_behind_all
SELECT 1;
-- tandem: sqlite
/* VACUUM; */
-- migration: 7_a_block_that_is_not_closed
INSERT INTO t VALUES (11);
-- tandem: sqlite
/* INSERT INTO t VALUES ('a); */
