create table w(i int); -- ccreate table x(i int);
-- Tandem : postgresselect E'a' -- c
 '\';b', $a$;$$;$a$, $1$$;$$, U&"a;\0041", b'1;';
select 1 /*/*;*/*/ ; create rule r as on insert to t do (select 1; select 2);
create function begin() returns int begin atomic select 1 as end, case when true then 2 end; end;
-- tandem: sqlite
/* create trigger t after insert on t begin select 1; end; rollback to x; */
