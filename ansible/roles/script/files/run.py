"""Run a team's shell scripts, or the check of what they were for; print what is run.

The options come as JSON on stdin: nothing in them is read by another language on the way. That a
script has run is noted in a file that is named after what it says and who ran it.
"""

import hashlib
import json
import os
import pwd
import subprocess
import sys
from pathlib import Path

NOTES = Path("/var/lib/devbox/scripts")
wanted = json.load(sys.stdin)
creates = wanted["creates"]
try:
    user = pwd.getpwnam(wanted["user"])
except KeyError:
    sys.exit(f"there is no user {wanted['user']}")


def run(script):
    """Run a script as the user, in that user's home folder, with nothing to read."""
    names = {"HOME": user.pw_dir, "USER": user.pw_name, "LOGNAME": user.pw_name}
    ended = subprocess.run(
        ["runuser", "-u", user.pw_name, "--", "sh", "-eu", "-c", script],
        stdin=subprocess.DEVNULL,
        cwd=user.pw_dir if Path(user.pw_dir).is_dir() else "/",
        env={**os.environ, **names, "DEBIAN_FRONTEND": "noninteractive"},
    )
    if ended.returncode:
        sys.exit(f"it ended with the status {ended.returncode}: {script}")


def note(script):
    digest = hashlib.sha256(f"{user.pw_name} {script}".encode()).hexdigest()
    return NOTES / digest


def run_what_has_not_run():
    if creates and Path(creates).exists():
        return
    NOTES.mkdir(parents=True, exist_ok=True)
    for script in wanted["run"]:
        if creates or not note(script).exists():
            print(script, flush=True)
            run(script)
            note(script).touch()


def check():
    for script in wanted["run"]:
        if not creates and not note(script).exists():
            sys.exit(f"it has not run: {script}")
    if wanted["check"]:
        print(wanted["check"], flush=True)
        run(wanted["check"])


run_what_has_not_run() if sys.argv[1] == "run" else check()
if creates and not Path(creates).exists():
    sys.exit(f"{creates} is not there")
