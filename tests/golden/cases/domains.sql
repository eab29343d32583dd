-- migration: 1_init
CREATE DOMAIN positive AS int DEFAULT 5 CHECK (VALUE > 0);
CREATE DOMAIN small AS positive CHECK (VALUE < 100);
CREATE DOMAIN code AS text NOT NULL DEFAULT 'none' CHECK (VALUE <> '');
CREATE TABLE item (id int PRIMARY KEY, n positive, s small, c code);
INSERT INTO item (id) VALUES (1);
-- migration: 2_change
ALTER DOMAIN positive SET DEFAULT 6;
ALTER DOMAIN small ADD CONSTRAINT even CHECK (VALUE <> 13);
ALTER TABLE item ADD COLUMN m positive;
CREATE SEQUENCE q;
ALTER TABLE item ADD COLUMN k small DEFAULT nextval('q');
