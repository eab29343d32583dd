#include "sync/compact.h"

#include "core/migrate/rows.h"

/* Superseded: whoever lacks the earlier transaction lacks the later one, too, since a row's entries are written under
 * the lock of the row; so their order is that of seq, not of xid, and the last one is enough. Marks of whole tables
 * stay: those of two partitions are written side by side.
 *
 * By transaction: in parts that end between two of them, so that the floor says at any time what is gone.
 *
 * A device that is loading has not acknowledged anything, but has a snapshot from before since it is enrolled. */
const char *const td_compact_body =
    "DECLARE\n"
    "  ends timestamptz;\n"
    "  low xid8;\n"
    "  done xid8 := '0';\n"
    "  top xid8;\n"
    "  part tid[];\n"
    "  n bigint;\n"
    "BEGIN\n"
    "  removed := 0;\n"
    "  more := false;\n"
    "  force := force AND pg_has_role(session_user,"
    " (SELECT s.nspowner FROM pg_namespace s WHERE s.nspname = 'tandem'), 'MEMBER');\n"
    "  IF NOT force AND EXISTS (SELECT FROM tandem.sync s"
    " WHERE s.compacted_at > clock_timestamp() - interval '10 min') THEN\n    RETURN;\n  END IF;\n"
    "  IF NOT pg_try_advisory_xact_lock(7809644655001) THEN\n    RETURN;\n  END IF;\n"
    "  ends := clock_timestamp() + CASE WHEN force THEN interval '20 s' ELSE interval '2 s' END;\n"
    "  SELECT pg_snapshot_xmin(d.acked) INTO low FROM tandem.device d WHERE d.state = 'active' AND d.acked IS NOT NULL"
    " AND greatest(d.seen_at, d.acked_at, d.made_at) > clock_timestamp() - interval '30 days'"
    " ORDER BY 1 LIMIT 1;\n"
    "  low := least(low, pg_snapshot_xmin(pg_current_snapshot()));\n"
    "  LOOP\n"
    "    SELECT l.xid INTO top FROM tandem.log l WHERE l.xid >= done AND l.xid < low ORDER BY l.xid OFFSET 10000"
    " LIMIT 1;\n"
    "    IF top = done THEN\n"
    "      SELECT l.xid INTO top FROM tandem.log l WHERE l.xid > done AND l.xid < low ORDER BY l.xid LIMIT 1;\n"
    "    END IF;\n"
    "    top := coalesce(top, low);\n"
    "    DELETE FROM tandem.log l WHERE l.xid >= done AND l.xid < top;\n"
    "    GET DIAGNOSTICS n = ROW_COUNT;\n"
    "    removed := removed + n;\n"
    "    done := top;\n"
    "    EXIT WHEN done = low;\n"
    "    more := clock_timestamp() > ends;\n"
    "    EXIT WHEN more;\n"
    "  END LOOP;\n"
    "  IF NOT more THEN\n"
    "    FOR part IN SELECT array_agg(g.at) FROM (SELECT l.ctid, (row_number() OVER () - 1) / 10000"
    " FROM (SELECT scope, tbl, pk, max(seq) FROM tandem.log WHERE scope IS NOT NULL GROUP BY 1, 2, 3"
    " HAVING count(*) > 1) k (scope, tbl, pk, last) JOIN tandem.log l ON l.scope = k.scope AND l.tbl = k.tbl"
    " AND l.pk = k.pk AND l.seq < k.last) g (at, part) GROUP BY g.part LOOP\n"
    "      more := clock_timestamp() > ends;\n"
    "      EXIT WHEN more;\n"
    "      DELETE FROM tandem.log l WHERE l.ctid = ANY (part);\n"
    "      GET DIAGNOSTICS n = ROW_COUNT;\n"
    "      removed := removed + n;\n"
    "    END LOOP;\n"
    "  END IF;\n"
    "  UPDATE tandem.sync s SET compacted_at = clock_timestamp(), floor = CASE WHEN done > pg_snapshot_xmin(s.floor)"
    " THEN (done::text || ':' || done::text || ':')::pg_snapshot ELSE s.floor END;\n"
    "  RETURN NEXT;\n"
    "END";

int td_compact(struct td_db *db, bool force, struct td_compacted *out, struct td_err *err)
{
    struct td_arena a = {0};
    struct td_rows rows = {0};
    *out = (struct td_compacted){0};
    int rc = td_rows_read(&a, db, "SELECT removed, more FROM tandem.compact($1)", (struct td_value[]){td_bool(force)},
                          1, &rows, err);
    if (rc == TD_OK && td_rows_count(&rows) > 0)
        *out = (struct td_compacted){true, td_rows_int(&rows, 0, 0), td_rows_bool(&rows, 0, 1)};
    td_arena_deinit(&a);
    return rc;
}
