#!/usr/bin/env python3
"""readme.py TANDEM README [--update]: the README's transcript is what the program says.

The first block of the README holds commands ("$ ...") and what they print. The first command shows the files; they are
made from it, the others are run. Durations, times and uuids differ from run to run and count as equal; --update writes
down what this run printed instead. Then: what the README names under tests/ is there.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

CHANGING = [
    (r"\(\d+(\.\d+)? m?s\)", "(TIME)"),
    (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+Z)?", "TIMESTAMP"),
    (r"(?m)^(Runtime error|Error)( near line \d+)?: (stepping, )?", "Error: "),  # versions of the sqlite3 shell
]


def steady(text):
    for pattern, name in CHANGING:
        text = re.sub(pattern, name, text)
    return text.strip("\n")


def steps(block):
    """[(command, output)]; a blank line before a command belongs to neither."""
    found = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return [(command, "\n".join(lines).strip("\n")) for command, lines in found]


def make_files(root, listing):
    for name, text in re.findall(r"==> (\S+) <==\n(.*?)(?=\n\n==> |\Z)", listing, re.S):
        path = root / name
        path.parent.mkdir(parents=True)
        path.write_text(text + "\n")


def main():
    tandem, readme = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    text = readme.read_text()
    block = re.search(r"```\n(.*?)```", text, re.S).group(1)
    told, said, failed = steps(block), [], False
    env = {"PATH": f"{tandem.parent}:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/nonexistent"}
    with tempfile.TemporaryDirectory() as root:
        make_files(pathlib.Path(root), told[0][1])
        for command, output in told:
            run = subprocess.run(["sh", "-c", command], cwd=root, env=env, text=True, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT)
            said.append((command, run.stdout.strip("\n")))
            if steady(run.stdout) != steady(output):
                failed = True
                print(f"$ {command}\n--- the README\n{output}\n--- the program\n{run.stdout}")
    if "--update" in sys.argv:
        fresh = "\n\n".join(f"$ {c}\n{o}" if o else f"$ {c}" for c, o in said) + "\n"
        readme.write_text(text.replace(block, fresh))
        return 0
    for name in sorted(set(re.findall(r"\btests/[\w./*-]*\w", text))):
        if not list(readme.parent.glob(name)):
            failed = True
            print(f"the README names {name}, which is not there")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
