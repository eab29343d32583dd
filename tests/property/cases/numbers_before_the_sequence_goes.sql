-- Rows that are there get the numbers of a new column before the same migration drops the sequence and the default.
-- migration 20260101000000_tables
CREATE SEQUENCE "seq" START 43 INCREMENT BY 4;
CREATE TABLE "t" ("note" text);
INSERT INTO "t" VALUES ('a'), ('b');
-- migration 20260102000000_numbers
ALTER TABLE "t" ADD COLUMN "n" bigint DEFAULT nextval('"seq"');
ALTER TABLE "t" ADD COLUMN "m" bigint DEFAULT nextval('"seq"') + 1;
DROP SEQUENCE "seq" CASCADE;
INSERT INTO "t" VALUES ('c', 7);
