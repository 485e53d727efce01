"""Write and read in each database of MariaDB; what is wanted comes as JSON on stdin."""

from __future__ import annotations

import json
import os
import pwd
import socket
import subprocess
import sys

# A temporary table is gone with the connection.
WRITE = (
    "CREATE TEMPORARY TABLE devbox_verify (word TEXT);"
    " INSERT INTO devbox_verify VALUES ('written');"
    " SELECT word FROM devbox_verify;"
)


def ask(
    text: str, *, database: str = "", user: str = "", password: str = "", system: str = ""
) -> list[str]:
    """Return the lines that the server answers.

    Args:
        text: what to ask, in SQL.
        database: the one to ask.
        user: log in as that user with the password; without one as administrator.
        password: the password.
        system: log in as that user of the system.
    """
    argv = ["runuser", "-u", system, "--"] if system else []
    argv += ["mariadb", "--no-defaults", "--batch", "--skip-column-names"]
    argv += ["--default-character-set=utf8mb4"]
    argv += [f"--database={database}"] if database else []
    argv += [f"--user={user}"] if user else []
    environment = os.environ | ({"MYSQL_PWD": password} if user else {})
    done = subprocess.run(
        argv, input=text, env=environment, stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{user or system or 'root'} in {database or 'no database'}: failed")
    return done.stdout.splitlines()


def check_server(wanted: dict) -> None:
    """Check that it runs, comes back, listens, and has the settings."""
    for question in ("is-enabled", "is-active"):
        subprocess.run(["systemctl", question, "mariadb"], check=True)
    for name, value in wanted["settings"].items():
        found = ask(f"SELECT @@{name};")
        if found != [str(value)]:
            sys.exit(f"{name} is {found}, not {value}")
    version = ask("SELECT VERSION();")[0]
    if wanted["version"] and not version.startswith(f"{wanted['version']}."):
        sys.exit(f"version {version} runs")
    with socket.create_connection((wanted["address"], wanted["settings"]["port"]), 30) as there:
        # The first packet: four bytes of its own, the protocol, and the version.
        greeting = there.recv(200)
    if version.split("-")[0].encode() not in greeting:
        sys.exit(f"the port is answered by {greeting!r}")


def check_user(user: dict) -> None:
    """Check that a user gets in, writes where all is theirs, and reads where they may read."""
    login = {"user": user["name"], "password": user.get("password", "")}
    if user.get("host", "localhost") not in ("localhost", "%"):
        return
    if "password" not in user:
        if user["name"] not in {each.pw_name for each in pwd.getpwall()}:
            return
        login = {"system": user["name"]}
    ask("SELECT CURRENT_USER();", **login)
    for database in user.get("owns", []):
        if ask(WRITE, database=database, **login) != ["written"]:
            sys.exit(f"{user['name']} cannot write in {database}")
    for database in user.get("reads", []):
        ask("SHOW TABLES;", database=database, **login)


def main() -> None:
    """Check all that is wanted."""
    wanted = json.load(sys.stdin)
    check_server(wanted)
    for database in wanted["databases"]:
        if ask(WRITE, database=database) != ["written"]:
            sys.exit(f"what was written in {database} did not come back")
    for user in wanted["users"]:
        check_user(user)


main()
