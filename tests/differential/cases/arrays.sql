-- Array literals: bounds, empty ones, elements in other forms.
CREATE TABLE a (id integer PRIMARY KEY, t text[], i integer[], b bytea[], f double precision[], j json[]);
-- rows
INSERT INTO a (id, t) VALUES (1, '{}'), (2, ' { } '), (3, '{NULL,null,"NULL",nUll}');
INSERT INTO a (id, t) VALUES (4, '{{}}');
INSERT INTO a (id, t) VALUES (4, '{{},{}}');
INSERT INTO a (id, t) VALUES (4, '{{a},{}}');
INSERT INTO a (id, i) VALUES (4, '[1:2]={1,2}');
INSERT INTO a (id, i) VALUES (5, ' [2] = {1,2}');
INSERT INTO a (id, i) VALUES (6, '[1:2][1:1]={{1},{2}}');
INSERT INTO a (id, i) VALUES (7, '[2:3]={1,2}');
INSERT INTO a (id, i) VALUES (7, '[1:3]={1,2}');
INSERT INTO a (id, i) VALUES (7, '[2:1]={}');
INSERT INTO a (id, i) VALUES (7, '[1:2]{1,2}');
INSERT INTO a (id, i) VALUES (7, '[1:]={1}');
INSERT INTO a (id, b) VALUES (8, '{"\\xB5CC00","plain","oct\\000",NULL,"\\x"}');
INSERT INTO a (id, f) VALUES (9, '{0x1p3,.5,5.,-0,1e-3,inf,-Infinity}');
INSERT INTO a (id, j) VALUES (10, '{"{\"a\": 1.10, \"a\": 2}","[1,  2]"}');
UPDATE a SET t = '{"a\"b","c\\d",ä," x "}' WHERE id = 1;
