"""``devbox tools``: what can go into the stack: list, search, show, and begin a new one."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from devbox.spec import Spec
    from devbox.tools import ToolDefinition
    from devbox.tools.describe import Line

_EXAMPLES = """\
examples:
  devbox tools                         all tools, and the roles of this repo, by category
  devbox tools --release trixie        with the versions that another release has
  devbox tools search postgres         by name, description, option or package
  devbox tools show postgresql         options, versions, ports, an example
  devbox tools show roles/acme_api     a role of your own
  devbox tools new acme_api            begin a role of your own that works
  devbox tools new acme_api --dir deploy/roles
  devbox tools list | grep databases   in a pipe: a line for each tool
"""


class _Names:
    """The names that a shell completes; others are looked at by the command, which says more."""

    def __contains__(self, word: object) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        from devbox.tools import load_tools

        return iter(load_tools())


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = _EXAMPLES
    _add_shared(parser, suppress=False)
    actions = parser.add_subparsers(dest="action", metavar="ACTION", title="actions")
    parser.set_defaults(action="list")
    for name, summary in (
        ("list", "all tools, by category; the same as without an action"),
        ("search", "the tools that have to do with some words"),
        ("show", "all that is known of a tool"),
        ("new", "write the folder of a new tool, to be changed into what you want"),
    ):
        child = actions.add_parser(
            name,
            help=summary,
            description=summary[0].upper() + summary[1:] + ".",
            epilog=_EXAMPLES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if name == "search":
            child.add_argument("words", nargs="+", metavar="WORD", help="what you look for")
        elif name == "show":
            tool = child.add_argument(
                "tool", metavar="TOOL", help="a tool's name, or the path of a role of your own"
            )
            tool.choices = _Names()
        elif name == "new":
            child.add_argument("tool", metavar="TOOL", help="its name, such as acme_api")
            child.add_argument(
                "--dir", metavar="DIR", help="the folder for it; default: roles, beside devbox.yml"
            )
            continue
        _add_shared(child, suppress=True)


def _add_shared(parser: argparse.ArgumentParser, *, suppress: bool) -> None:
    default = argparse.SUPPRESS if suppress else None
    parser.add_argument(
        "--release",
        choices=("bookworm", "trixie"),
        default=default,
        help="the release whose versions are shown; default: that of devbox.yml",
    )
    parser.add_argument(
        "--json",
        action="store_true",
        default=argparse.SUPPRESS if suppress else False,
        help="print the result as JSON",
    )


def run(args: argparse.Namespace) -> int:
    """List, search, show or begin."""
    if args.action == "new":
        return _new(args)
    spec, root = _read_spec()
    release = args.release or (spec.base.release if spec else _default_release())
    local = _local_roles(spec, root)
    if args.action == "show":
        return _show(args, release, local)
    if args.action == "search":
        return _search(args, release, local)
    from devbox.tools import load_tools

    _print_list(args, list(load_tools().values()), release, local, grouped=True)
    return 0


def _read_spec() -> tuple[Spec | None, Path | None]:
    """Return the nearest devbox.yml and its folder; a broken one is no reason to show nothing."""
    from devbox import ui
    from devbox.errors import DevboxError
    from devbox.spec import SpecError, find_spec, load_spec
    from devbox.ui.output import printable

    try:
        path = find_spec()
    except DevboxError:
        return None, None
    try:
        return load_spec(path), path.parent
    except DevboxError as error:
        ui.warn(f"{error.what}: its release and its own roles are not known here")
        problem = error.problems[0] if isinstance(error, SpecError) else None
        said = f"{problem.message}\n{problem.hint}" if problem else error.evidence
        where = f"line {problem.line}: " if problem and problem.line else ""
        ui.say("\n".join(f"  {line}" for line in printable(where + said).splitlines()))
        return None, path.parent


def _default_release() -> str:
    from devbox.spec import Base

    return Base().release


def _local_roles(spec: Spec | None, root: Path | None) -> dict[str, ToolDefinition]:
    """Return the roles that devbox.yml has from the team's own repo, by their paths."""
    from devbox.tools import load_role

    if spec is None or root is None:
        return {}
    paths = [tool.path for tool in (*spec.production, *spec.development) if tool.path]
    return {str(path): load_role(root / path) for path in paths}


def _search(args: argparse.Namespace, release: str, local: dict[str, ToolDefinition]) -> int:
    from devbox import ui
    from devbox.errors import DevboxError
    from devbox.spec.names import TOOL_SYNONYMS, explain_elsewhere
    from devbox.tools import load_tools
    from devbox.tools.options import quote
    from devbox.tools.search import search_tools

    found = search_tools(load_tools().values(), args.words, TOOL_SYNONYMS)
    own = {path: tool for path, tool in local.items() if search_tools([tool], args.words, {})}
    if not found and not own:
        if args.json:
            ui.print_json([])
            return 1
        what = f"no tool has to do with {quote(' '.join(args.words))}"
        evidence, remedy = _explain_unknown(" ".join(args.words))
        raise DevboxError(what, evidence=evidence, remedy=remedy)
    _print_list(args, list(found), release, own)
    elsewhere = explain_elsewhere(" ".join(args.words))
    if elsewhere:
        ui.say(elsewhere)
    return 0


def _show(args: argparse.Namespace, release: str, local: dict[str, ToolDefinition]) -> int:
    from devbox import ui
    from devbox.errors import DevboxError
    from devbox.spec.names import TOOL_SYNONYMS
    from devbox.tools import describe, load_tools
    from devbox.tools.options import quote

    tools = load_tools()
    word = args.tool.lower()
    name = word if word in tools else TOOL_SYNONYMS.get(word, "")
    path, tool = _own_role(args.tool, local) or ("", tools.get(name))
    if tool is None:
        evidence, remedy = _explain_unknown(word)
        raise DevboxError(f"there is no tool {quote(args.tool)}", evidence=evidence, remedy=remedy)
    if args.json:
        ui.print_json(_as_json(tool, path))
        return 0
    example = _example(tool, release, path)
    _print(describe.show_lines(tool, _width(), example=example, path=path))
    return 0


def _own_role(
    word: str, local: dict[str, ToolDefinition]
) -> tuple[str, ToolDefinition | None] | None:
    """Find a role of the team's own by its path, its name, or as any folder that has one."""
    from pathlib import Path

    from devbox.tools import load_role

    found = [(path, tool) for path, tool in local.items() if word in {path, tool.name}]
    if found:
        return found[0]
    folder = Path(word)
    return (word, load_role(folder.resolve())) if (folder / "tasks").is_dir() else None


def _explain_unknown(word: str) -> tuple[str, str]:
    from devbox.spec.names import TOOL_SYNONYMS, explain_elsewhere
    from devbox.tools import load_tools
    from devbox.tools.search import near_names

    elsewhere = explain_elsewhere(word)
    if elsewhere:
        return elsewhere, "`devbox tools new NAME` begins a role of your own"
    near = near_names(word, load_tools().values(), TOOL_SYNONYMS)
    evidence = f"did you mean {' or '.join(near)}?" if near else ""
    return evidence, "`devbox tools` lists all; a Debian package goes under packages: [NAME]"


def _example(tool: ToolDefinition, release: str, path: str) -> list[str]:
    """Return lines of a devbox.yml that has the tool."""
    from devbox.spec.render import render_block, render_entry, render_flow
    from devbox.tools.example import example_options

    options = example_options(tool, release)
    if path:
        entry = render_flow({"path": path, **options} if options else path)
        return [f"{tool.part}:", f"  - role: {entry}"]
    if not options:
        return [f"{tool.part}:", f"  - {tool.name}"]
    lines = list(render_entry("  - ", tool.name, options))
    if max(map(len, lines)) > (_width() or 80) - 2:
        lines = [f"  - {tool.name}:", *render_block("      ", options)]
    return [f"{tool.part}:", *lines]


def _print_list(
    args: argparse.Namespace,
    tools: list[ToolDefinition],
    release: str,
    local: dict[str, ToolDefinition],
    *,
    grouped: bool = False,
) -> None:
    from devbox import ui
    from devbox.tools import describe

    if args.json:
        entries = [("", tool) for tool in tools] + list(local.items())
        ui.print_json([_as_json(tool, path) for path, tool in entries])
        return
    _print(describe.list_lines(tools, release, _width(), grouped=grouped, local=local))


def _as_json(tool: ToolDefinition, path: str) -> dict[str, object]:
    from dataclasses import asdict

    from devbox.tools import RELEASES, offers

    versions = {
        release: [
            {
                "version": offer.version,
                "source": offer.source.name,
                "exact": offer.source.exact,
                "tested": offer.source.tested,
            }
            for offer in offers(tool, release)
        ]
        for release in RELEASES
    }
    return {
        "name": tool.name,
        "path": path or None,
        "title": tool.title,
        "description": tool.description,
        "category": tool.category,
        "part": tool.part,
        "ports": tool.ports,
        "memory": tool.memory,
        "shorthand": tool.shorthand,
        "manual": tool.manual,
        "verifies": tool.verifies,
        "releases": tool.releases,
        "versions": versions,
        "options": [asdict(option) for option in tool.options],
    }


def _width() -> int | None:
    """Return the columns of the terminal; None for a pipe or a file."""
    import os
    import shutil
    import sys

    if sys.stdout.isatty() or os.environ.get("COLUMNS"):
        return shutil.get_terminal_size().columns
    return None


def _print(lines: list[Line]) -> None:
    from rich.text import Text

    from devbox.ui.output import out_console, printable

    console = out_console()
    for line in lines:
        text = Text(printable(line.text), style="bold" if line.heading else "")
        console.print(text, soft_wrap=True)


def _new(args: argparse.Namespace) -> int:
    from pathlib import Path

    from devbox import ui
    from devbox.tools import load_tools
    from devbox.tools.skeleton import check_name, write_role

    check_name(args.tool, load_tools())
    roles = None if args.dir else _roles_of_checkout()
    spec, root = (None, None) if roles else _read_spec()
    parent = Path(args.dir) if args.dir else roles or (root or Path.cwd()) / "roles"
    folder = parent / args.tool
    write_role(
        folder,
        title=args.tool.replace("_", " ").capitalize(),
        category="generic",
        author=spec.name.partition("/")[0] if spec else "devbox",
    )
    ui.success(f"wrote {_shown(folder)}: a role that works, and only greets")
    steps = {
        "meta/argument_specs.yml": "its options; defaults/main.yml has the same",
        "tasks/main.yml": "what puts it in",
        "tasks/verify.yml": "what shows that it works",
        "meta/devbox.yml": "its title, ports and manual",
    }
    steps |= _steps_of_checkout(args.tool) if roles else _steps_of_repo(folder, root)
    ui.say("next, make it what you want:")
    ui.say("\n".join(f"  {name:<24} {text}" for name, text in steps.items()))
    return 0


def _roles_of_checkout() -> Path | None:
    """Return the catalog's folder if this is a checkout of devbox, and the current folder in it."""
    from pathlib import Path

    from devbox.host.assets import assets_dir

    top = assets_dir()
    inside = Path.cwd().is_relative_to(top) and (top / "pyproject.toml").is_file()
    return top / "ansible" / "roles" if inside else None


def _steps_of_checkout(name: str) -> dict[str, str]:
    return {"then": f"make test-roles TOOL={name}", "": "make docs"}


def _steps_of_repo(folder: Path, root: Path | None) -> dict[str, str]:
    absolute = folder.absolute()
    if root is None or not absolute.is_relative_to(root):
        return {"then": "move it into the repo of a devbox.yml, and write - role: ITS-FOLDER"}
    path = absolute.relative_to(root).as_posix()
    return {
        "devbox.yml": f"- role: {path}",
        "then": f"devbox tools show {path}",
        "": "devbox build",
    }


def _shown(path: Path) -> str:
    """Return a path as it is seen from the current folder, if it is below it."""
    from pathlib import Path

    absolute = path.absolute()
    here = Path.cwd()
    return str(absolute.relative_to(here) if absolute.is_relative_to(here) else path)
