-- Two tables change names in one migration, with rows in both; each is described under the name that it has.
-- migration 20260101000000_tables
CREATE TABLE "a" ("id" serial PRIMARY KEY, "x" integer NOT NULL DEFAULT 1);
CREATE TABLE "b" ("id" serial PRIMARY KEY, "y" text REFERENCES "b" ("y") ON DELETE SET NULL, UNIQUE ("y"));
INSERT INTO "a" ("x") VALUES (3);
INSERT INTO "b" ("y") VALUES (NULL);
-- migration 20260102000000_swap
ALTER TABLE "a" RENAME TO "c";
ALTER TABLE "b" RENAME TO "a";
ALTER TABLE "c" RENAME TO "b";
INSERT INTO "b" ("x") VALUES (4);
-- migration 20260103000000_drop
ALTER TABLE "b" RENAME TO "d";
DROP TABLE "d";
