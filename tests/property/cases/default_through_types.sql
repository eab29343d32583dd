-- A default goes through the types that its column has had; what PostgreSQL adds by itself it does not print.
-- migration 20260101000000_tables
CREATE TABLE "t" ("id" serial PRIMARY KEY, "n" numeric(15,10) DEFAULT 0, "v" varchar(3) DEFAULT NULL, "i" integer DEFAULT '3');
INSERT INTO "t" ("n") VALUES (1.5);
-- migration 20260102000000_types
ALTER TABLE "t" ALTER COLUMN "n" TYPE numeric(10,2);
ALTER TABLE "t" ALTER COLUMN "i" TYPE bigint;
INSERT INTO "t" ("v") VALUES ('x');
