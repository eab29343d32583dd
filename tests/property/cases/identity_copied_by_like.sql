-- LIKE copies the bounds of an identity's sequence, but the copy counts in bigint.
-- migration 20260101000000_tables
CREATE TABLE "t" ("id" integer GENERATED ALWAYS AS IDENTITY (START 7), "note" text DEFAULT 'x' CHECK ("note" <> ''));
CREATE TABLE "copy" (LIKE "t" INCLUDING ALL, "more" integer);
INSERT INTO "copy" ("note") VALUES ('a');
