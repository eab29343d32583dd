-- Rows that refer to each other by ON DELETE RESTRICT go in one statement, also where the migration rebuilds a table.
-- migration 20260101000000_tables
CREATE TABLE "t" ("id" integer PRIMARY KEY, "parent" integer REFERENCES "t" ON DELETE RESTRICT, "note" text);
INSERT INTO "t" VALUES (1, NULL, 'a'), (2, 1, 'b'), (3, 2, 'c');
DELETE FROM "t" WHERE "id" > 1;
INSERT INTO "t" VALUES (2, 1, 'b'), (3, 2, 'c');
-- migration 20260102000000_rebuilt
ALTER TABLE "t" ALTER COLUMN "note" TYPE text USING upper("note");
DELETE FROM "t" WHERE "note" <> 'x';
INSERT INTO "t" VALUES (1, NULL, 'a');
