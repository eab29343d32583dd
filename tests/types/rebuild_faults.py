#!/usr/bin/env python3
"""A rebuild that is stopped: full disk, SIGKILL, SIGINT. The old table is whole, and the next deploy goes on.

usage: rebuild_faults.py TANDEM
"""
import hashlib
import os
import resource
import shutil
import signal
import subprocess
import sys
import time

from engines import Engines, Findings, write_folder

ROWS = 60000
INIT = f"""CREATE TABLE p (id integer PRIMARY KEY, x text, filler text);
CREATE TABLE c (id integer PRIMARY KEY, p_id integer REFERENCES p (id) ON DELETE CASCADE);
CREATE INDEX p_x ON p (x);
CREATE VIEW v AS SELECT id FROM p;
INSERT INTO p SELECT i, i::text, repeat('x', 100) FROM generate_series(1, {ROWS}) AS i;
INSERT INTO c SELECT i, i FROM generate_series(1, 1000) AS i;
"""
REBUILD = "ALTER TABLE p ALTER COLUMN x TYPE integer USING x::integer;\n"


def digest(e, path):
    return hashlib.sha256(e.dump(path).encode()).hexdigest()


def limit_file_size(size):
    """Writes past `size` fail, as on a full disk: the signal that comes with the limit is ignored."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def main():
    found = Findings()
    with Engines(sys.argv[1]) as e:
        folder, base, path = e.dir / "m", e.dir / "base.db", e.dir / "r.db"
        write_folder(folder, [("1_init", INIT)])
        first = e.deploy(e.sqlite_url(base), folder)
        found.check(first.code == 0, f"init\n{first}")
        write_folder(folder, [("2_rebuild", REBUILD)])
        before = digest(e, base)

        def fresh():
            for file in e.dir.glob("r.db*"):
                file.unlink()
            for file in e.dir.glob("base.db*"):
                shutil.copy(file, str(file).replace("base.db", "r.db"))

        fresh()
        started = time.monotonic()
        done = e.deploy(e.sqlite_url(path), folder)
        took = time.monotonic() - started
        after = digest(e, path)
        found.check(done.code == 0 and after != before, f"rebuild\n{done}")

        def goes_on(what):
            state = digest(e, path)
            found.check(state in (before, after), f"{what}: neither the old state nor the new")
            found.check(e.sqlite(path, "PRAGMA integrity_check") == [["ok"]], f"{what}: integrity_check")
            again = e.deploy(e.sqlite_url(path), folder)
            found.check(again.code == 0 and digest(e, path) == after, f"{what}: the next deploy\n{again}")
            return state

        for step in range(1, 6):
            fresh()
            size = base.stat().st_size * step // 5
            full = e.deploy(e.sqlite_url(path), folder, preexec_fn=lambda: limit_file_size(size))
            what = f"file size limit {size}"
            state = goes_on(what)
            found.check(full.code != 0 if state == before else full.code == 0, f"{what}: state and exit code\n{full}")
        for number in (signal.SIGKILL, signal.SIGINT):
            for step in range(1, 8):
                fresh()
                program = subprocess.Popen([e.tandem, "migrate", "deploy", "--url", e.sqlite_url(path), "--migrations",
                                            str(folder)], env=e.env, cwd=e.dir, stdin=subprocess.DEVNULL,
                                           stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
                time.sleep(took * step / 8)
                os.kill(program.pid, number)
                talk = program.communicate(timeout=120)[1]
                what = f"{number.name} after {step}/8"
                found.check("Sanitizer" not in talk, f"{what}\n{talk}")
                # -SIGINT: it came before the program had begun, or after it had ended, its own handling
                ended = (0, 130, -signal.SIGINT)
                found.check(number == signal.SIGKILL or program.returncode in ended, f"{what}: exit"
                            f" {program.returncode}\n{talk}")
                goes_on(what)
    found.end()


if __name__ == "__main__":
    main()
