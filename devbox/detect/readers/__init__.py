"""The readers: one module a family of files. To read one more is to write one more module."""

from __future__ import annotations

from devbox.detect.hints import Reader
from devbox.detect.readers import (
    ansible,
    compose,
    devcontainer,
    django,
    dockerfile,
    dotnet,
    elixir,
    environment,
    github,
    gitlab,
    golang,
    heroku,
    java,
    makefile,
    node,
    packages,
    perl,
    php,
    python,
    rails,
    ruby,
    rust,
    spring,
    vagrant,
    version_files,
)

_MODULES = (
    ansible, compose, devcontainer, django, dockerfile, dotnet, elixir, environment, github, gitlab,
    golang, heroku, java, makefile, node, packages, perl, php, python, rails, ruby, rust, spring,
    vagrant, version_files,
)  # fmt: skip

READERS: tuple[Reader, ...] = tuple(reader for module in _MODULES for reader in module.READERS)
