"""Make what is missing in RabbitMQ, as JSON on stdin says; print "changed" if anything was.

The definitions go in through a file that is there for that moment and for the broker alone, so that
no password is in an argument. RabbitMQ 4.0 waits for ever where they come through stdin.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile


def control(*arguments: str) -> str:
    """Run rabbitmqctl and return what it prints."""
    argv = ["rabbitmqctl", "--silent", *arguments]
    return subprocess.run(
        argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True
    ).stdout


def missing(wanted: dict, there: dict) -> dict[str, list]:
    """Return the definitions that are not there, in RabbitMQ's own form."""
    vhosts = {each["name"] for each in there["vhosts"]}
    users = {each["name"] for each in there["users"]}
    may = {(each["user"], each["vhost"]) for each in there["permissions"]}
    queues = {(each["vhost"], each["name"]) for each in there["queues"]}
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    return {
        "vhosts": [{"name": name} for name in wanted["vhosts"] if name not in vhosts],
        "users": [
            {"name": user["name"], "password": user["password"], "tags": user.get("tags") or []}
            for user in wanted["users"]
            if user["name"] not in users
        ],
        "permissions": [
            {"user": user["name"], "vhost": vhost, **everything}
            for user in wanted["users"]
            for vhost in user.get("vhosts", ["/"])
            if (user["name"], vhost) not in may
        ],
        "queues": [
            {
                "name": queue["name"],
                "vhost": queue.get("vhost", "/"),
                "durable": queue.get("durable", True),
                "auto_delete": False,
                "arguments": queue.get("arguments") or {},
            }
            for queue in wanted["queues"]
            if (queue.get("vhost", "/"), queue["name"]) not in queues
        ],
    }


def main() -> None:
    """Make it."""
    wanted = json.load(sys.stdin)
    said = control("export_definitions", "-")
    there = json.loads(said[said.index("{") :])
    new = missing(wanted, there)
    if any(new.values()):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(new, file)
            file.flush()
            shutil.chown(file.name, "rabbitmq")
            control("import_definitions", file.name)
        print("changed")
    if not wanted["guest"] and any(user["name"] == "guest" for user in there["users"]):
        control("delete_user", "guest")
        print("changed")


main()
