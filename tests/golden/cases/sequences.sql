-- migration: 1_base
CREATE TABLE ticket (id bigserial PRIMARY KEY, number serial, code int GENERATED ALWAYS AS IDENTITY);
CREATE SEQUENCE invoice_no START 100;
CREATE TABLE invoice (id int PRIMARY KEY DEFAULT nextval('invoice_no'), no int NOT NULL DEFAULT nextval('invoice_no'));
DROP TABLE invoice;
DROP SEQUENCE invoice_no;
-- migration: 2_made
CREATE SEQUENCE bill_no;
CREATE TABLE bill (id int PRIMARY KEY, no varchar(12) NOT NULL DEFAULT 'B-' || nextval('bill_no'));
INSERT INTO bill VALUES (1, DEFAULT), (2, 'own');
