CREATE TYPE "Role" AS ENUM ('ADMIN', 'USER');
CREATE TABLE "User" ("id" UUID NOT NULL DEFAULT gen_random_uuid(), "email" TEXT NOT NULL, "role" "Role" NOT NULL DEFAULT 'USER',
  price numeric(10,2) CHECK (price > 0), tags text[], data jsonb DEFAULT '{}', at timestamptz(3) DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "User_pkey" PRIMARY KEY ("id"));
CREATE UNIQUE INDEX "User_email_key" ON "User"(lower("email")) WHERE "role" = 'ADMIN';
-- migration: 2
ALTER TYPE "Role" ADD VALUE 'GUEST';
ALTER TABLE "User" ADD COLUMN n int NOT NULL DEFAULT 3, ALTER COLUMN "email" DROP NOT NULL, ALTER COLUMN price TYPE bigint USING (price * 100)::bigint;
-- migration: 3
UPDATE "User" SET n = n + 1, data = data || '{"a": 1}'::jsonb WHERE "email" ILIKE '%a_';
ALTER TABLE "User" RENAME COLUMN n TO m;
ALTER TABLE "User" RENAME TO users;
DROP INDEX "User_email_key";
DROP TABLE users CASCADE;
