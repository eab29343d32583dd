-- migration: 1_base
CREATE TYPE "Role" AS ENUM ('USER', 'ADMIN');
CREATE TABLE member (id int PRIMARY KEY, role "Role" NOT NULL DEFAULT 'USER');
INSERT INTO member VALUES (1, 'ADMIN'), (2, DEFAULT);
-- migration: 2_value
ALTER TYPE "Role" ADD VALUE 'OWNER';
-- migration: 3_swap
CREATE TYPE "Role_new" AS ENUM ('USER', 'OWNER');
UPDATE member SET role = 'USER' WHERE role = 'ADMIN';
ALTER TABLE member ALTER COLUMN role DROP DEFAULT;
ALTER TABLE member ALTER COLUMN role TYPE "Role_new" USING (role::text::"Role_new");
ALTER TYPE "Role" RENAME TO "Role_old";
ALTER TYPE "Role_new" RENAME TO "Role";
DROP TYPE "Role_old";
ALTER TABLE member ALTER COLUMN role SET DEFAULT 'USER';
