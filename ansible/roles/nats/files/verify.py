"""Publish a message through NATS and receive it; what is wanted comes as JSON on stdin."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request

# The text protocol: https://docs.nats.io/reference/reference-protocols/nats-protocol


def connect(address: str, port: int) -> socket.socket:
    """Return a connection, in a while: systemd takes the server for started before it listens."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return socket.create_connection((address, port), 30)
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


class Client:
    """One connection, logged in if there is a user; the server has to answer so."""

    def __init__(self, wanted: dict, user: dict | None, answers: str = "PONG") -> None:
        self.socket = connect(wanted["address"], wanted["port"])
        self.stream = self.socket.makefile("rb")
        self.info = json.loads(self.line().removeprefix("INFO "))
        login = {"user": user["name"], "pass": user["password"]} if user else {}
        options = {"verbose": False, "pedantic": False, "echo": True, **login}
        self.send(f"CONNECT {json.dumps(options)}\r\nPING\r\n")
        answer = self.line()
        if not answer.startswith(answers):
            sys.exit(f"the server answers {answer}")

    def line(self) -> str:
        """Return the next line of the server."""
        return self.stream.readline().decode().rstrip("\r\n")

    def send(self, text: str) -> None:
        """Send lines."""
        self.socket.sendall(text.encode())

    def receive(self, publish: str) -> str:
        """Subscribe to an inbox, publish, and return the message that comes to it, or an error."""
        inbox = f"_INBOX.devbox.{os.getpid()}"
        self.send(f"SUB {inbox} 1\r\n" + publish.format(inbox=inbox))
        answer = self.line()
        if answer.startswith("MSG "):
            return self.stream.read(int(answer.split()[-1])).decode()
        return answer


def check_user(wanted: dict, user: dict | None) -> None:
    """Check that a user gets in, publishes and receives, and that the settings are as wanted."""
    client = Client(wanted, user)
    if user is None or ">" in user.get("publish", [">"]):
        said = client.receive("PUB {inbox} 5\r\nhello\r\n")
        if said != "hello":
            sys.exit(f"what was published did not come back: {said}")
        if wanted["jetstream"]:
            said = Client(wanted, user).receive("PUB $JS.API.INFO {inbox} 0\r\n\r\n")
            if '"streams"' not in said:
                sys.exit(f"JetStream answers {said}")
    info = client.info
    has = (info["max_payload"], info.get("jetstream", False))
    if has != (wanted["payload"], wanted["jetstream"]):
        sys.exit(f"it runs with other settings: {info}")
    if wanted["version"] and not f"{info['version']}.".startswith(f"{wanted['version']}."):
        sys.exit(f"version {info['version']} runs")


def main() -> None:
    """Check all that is wanted."""
    wanted = json.load(sys.stdin)
    for question in ("is-enabled", "is-active"):
        subprocess.run(["systemctl", question, "nats-server"], check=True)
    for user in wanted["users"] or [None]:
        check_user(wanted, user)
    if wanted["users"] and Client(wanted, None, "-ERR").info["auth_required"] is not True:
        sys.exit("it lets in who has no name")
    if wanted["monitoring"]:
        url = f"http://{wanted['address']}:{wanted['monitoring']}/healthz"
        with urllib.request.urlopen(url, timeout=30) as answer:
            print("monitoring says", answer.read().decode())


main()
