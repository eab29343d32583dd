-- tandem: sqlite
/* create table a(i); explain create trigger t after insert on a begin select 1; end; pragma main.foreign_keys(0); [ */
