-- tandem: postgres
SELECT 1;
SELECT "ä";
