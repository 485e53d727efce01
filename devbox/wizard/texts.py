"""What the wizard says of its questions: the line below each, and the help behind ``?``."""

from __future__ import annotations

from devbox.wizard.prompts import Words
from devbox.wizard.schedules import EXAMPLES


def _help(text: str) -> tuple[str, ...]:
    """Return paragraphs, which blank lines part, as lines to be folded."""
    paragraphs = [" ".join(part.split()) for part in text.strip().split("\n\n")]
    return tuple(line for paragraph in paragraphs for line in (paragraph, ""))[:-1]


FOUND = Words(
    help=_help("""
        What the files of this repo say about its stack. Nothing of the repo was run.

        Each row is a tool, the version that is asked for, and the best piece of
        evidence: the file, the line and its text. Move with the arrow keys to see all
        of the evidence below.

        All that was found is chosen already in the two lists that follow; take off
        there what you do not want.

        `devbox detect` prints the same, with --json for scripts.
    """),
)
ADDITIONS = Words(
    hint="Found in the repo, and not in devbox.yml. Nothing is added unless you choose it.",
    help=FOUND.help,
)
NAME = Words(
    hint="owner/box",
    help=_help("""
        The name under which the box is published and which Vagrant shows: owner/box, in
        lower case. Most teams take their organisation and the repo.
    """),
)
PRODUCTION = Words(
    hint="The dev box is built on top of these, so developers have all of them, too.",
    help=_help("""
        Production's tools go into the production image; the dev box is an overlay on
        that very image.

        Type to search in names, descriptions and categories. Space chooses, → opens the
        options of the tool that the pointer is at, Enter goes on.

        Rows with a file and a line were found in this repo. A role of your own is
        written into devbox.yml by hand: `- role: FOLDER`. `devbox tools` lists all
        tools with their options.
    """),
)
DEVELOPMENT = Words(
    hint="What production has is in the dev box anyway.",
    help=_help("""
        Tools that only developers need: editors, compilers, version control, browsers
        for tests. Production never has them.

        Type to search in names, descriptions and categories. Space chooses, → opens the
        options of the tool that the pointer is at, Enter goes on.

        Rows with a file and a line were found in this repo. A role of your own is
        written into devbox.yml by hand: `- role: FOLDER`. `devbox tools` lists all
        tools with their options.
    """),
)
RELEASE = Words(
    help=_help("""
        The Debian release that both parts are built from. It decides which versions the
        tools have; a version that it does not carry may come from another source, or
        cannot be had.

        bookworm is Debian 12, of June 2023; trixie is Debian 13, of August 2025.

        https://www.debian.org/releases/
    """),
)
MACHINE = Words(
    help=_help("""
        The size of each developer's machine. It is the team's: choose what the smallest
        computer in the team can spare.

        Half of a computer's memory should stay free for the system, the browser and the
        editor. The disk grows as it fills.
    """),
)
PORTS = Words(
    hint="here:machine, separated by commas; empty for none",
    help=_help("""
        Ports of the developer's computer that lead into the machine: 8080:80 makes
        http://127.0.0.1:8080 the machine's port 80. A port alone stands for itself.

        Below 1024 only root may open one, so 80 is proposed as 8080.
    """),
)
PROVIDERS = Words(
    hint="Who runs a developer's machine. So far boxes are made for libvirt only.",
    help=_help("""
        libvirt runs machines on Linux with QEMU and KVM.

        Boxes for VirtualBox, VMware, Hyper-V or Parallels are not made yet: who works
        on macOS or Windows needs a Linux computer to run the box on, or has to wait for
        those providers.
    """),
)
PUBLISH = Words(
    hint="a folder that the team can read",
    help=_help("""
        The folder that holds the catalog of the box's versions. ./boxes is in this
        repo; a path such as /srv/boxes may be a network drive, or what a web server
        serves.

        publish.url in devbox.yml says under which address others reach it.
    """),
)
CHANNEL = Words(
    hint="machines follow a channel",
    help=_help("""
        A channel is a pointer to one version, such as stable or beta. Publishing moves
        it; `devbox publish --help` shows how to promote and to roll back.
    """),
)
SCHEDULE = Words(
    hint=f"Choose, or type it: {EXAMPLES}",
    help=_help(f"""
        When a rebuild is looked for. The box is rebuilt only if something that it is
        made of has changed: devbox.yml, a role, the base, or a package in the archive.

        In words: a day of the week or every day, week or month, and a time. For example
        {EXAMPLES}.

        `devbox schedule --install` sets the timer up on a computer of your choice.
    """),
)
REVIEW = Words(
    help=_help("""
        Enter on an answer asks its question again. Nothing is written before you have
        seen the whole file, or what changes in it, and have agreed.
    """),
)
FILE = Words(
    help=REVIEW.help,
)
CONFLICT = Words(
    help=_help("""
        Parts of the repo ask for different versions of one tool. A box has one of them;
        choose the one that production runs.
    """),
)
VERSION = Words(
    help=_help("""
        The version that the repo asks for cannot be had in this release, neither from
        Debian nor from a source that the tool's makers publish for Debian.

        Take one that can be had, or go back with Esc and choose the other release.

        Typed, any version is taken that a source of exact versions has.
    """),
)
