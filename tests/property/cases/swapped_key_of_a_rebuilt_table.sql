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
