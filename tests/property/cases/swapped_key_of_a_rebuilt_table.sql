-- Two columns of a table change names, one of them a key, while the table that refers to it is made anew.
-- migration 20260101000000_tables
CREATE TABLE "t" ("id" integer, "note" text);
CREATE TABLE "p" ("code" text PRIMARY KEY, "state" text);
ALTER TABLE "t" ADD COLUMN "p_code" text;
ALTER TABLE "t" ADD CONSTRAINT "k" FOREIGN KEY ("p_code") REFERENCES "p" ("code") ON UPDATE CASCADE;
INSERT INTO "p" VALUES ('a', 'x'), ('b', 'y');
INSERT INTO "t" VALUES (1, 'n', 'a');
-- migration 20260102000000_swap
ALTER TABLE "t" ALTER COLUMN "note" TYPE text USING upper("note");
ALTER TABLE "p" RENAME COLUMN "code" TO "tmp";
ALTER TABLE "p" RENAME COLUMN "state" TO "code";
ALTER TABLE "p" RENAME COLUMN "tmp" TO "state";
-- migration 20260103000000_rows
UPDATE "p" SET "state" = 'c' WHERE "state" = 'a';
-- migration 20260104000000_new_key
DROP TABLE "t";
CREATE TABLE "u" ("id" integer);
INSERT INTO "u" VALUES (1);
-- migration 20260105000000_swapped_again
ALTER TABLE "u" ADD COLUMN "p_key" text REFERENCES "p";
ALTER TABLE "p" ALTER COLUMN "code" TYPE varchar(9);
ALTER TABLE "p" RENAME COLUMN "state" TO "tmp";
ALTER TABLE "p" RENAME COLUMN "code" TO "state";
ALTER TABLE "p" RENAME COLUMN "tmp" TO "code";
INSERT INTO "u" VALUES (2, 'c');
