"""What each kind of file speaks for: hints, before tools and versions are chosen."""

from __future__ import annotations

from pathlib import PurePosixPath
from textwrap import dedent

import pytest

from devbox.detect.detection import known_names
from devbox.detect.hints import File, Hint
from devbox.detect.readers import READERS

Short = tuple[str, str, int, str | None, str | None]


def hints(path: str, text: str) -> list[Hint]:
    name = path.rpartition("/")[2]
    file = File(PurePosixPath(path), dedent(text))
    found: list[Hint] = []
    for reader in READERS:
        if any(PurePosixPath(path).match(pattern) for pattern in reader.patterns):
            found += reader.read(file)
    assert found or name, "nothing reads it"
    return found


def short(path: str, text: str) -> list[Short]:
    """Kind, name, line, version, part; without what merely says that the file is there."""
    return [
        (hint.kind, hint.name, hint.line, hint.version, hint.part)
        for hint in hints(path, text)
        if hint.line
    ]


CASES: list[tuple[str, str, list[Short]]] = [
    (
        "package.json",
        """\
        {
          "devEngines": {"runtime": [{"name": "node", "version": "22"}]},
          "packageManager": "yarn@4.5.3",
          "optionalDependencies": {"pg-native": "3"}
        }
        """,
        [
            ("asdf", "yarn", 3, "4.5.3", "development"),
            ("asdf", "nodejs", 2, "22", "development"),
            ("npm", "pg-native", 4, None, "production"),
        ],
    ),
    (".nvmrc", "# ours\nlts/hydrogen\n", [("asdf", "nodejs", 2, "18", None)]),
    (".nvmrc", "lts/*\n", [("asdf", "nodejs", 1, None, None)]),
    (".node-version", "v20.11.1", [("asdf", "nodejs", 1, "v20.11.1", None)]),
    (
        "setup.cfg",
        """\
        [metadata]
        name = x
        [options]
        python_requires = >=3.9
        install_requires =
            psycopg2>=2.9
            # a comment
        [options.extras_require]
        test =
            redis
        """,
        [
            ("asdf", "python", 4, ">=3.9", None),
            ("pypi", "psycopg2", 6, None, "production"),
            ("pypi", "redis", 10, None, "development"),
        ],
    ),
    (
        "setup.py",
        """\
        from setuptools import setup
        setup(
            python_requires='>=3.8',
            install_requires=[
                "Django>=4", "celery[redis]",
            ],
            entry_points={"console_scripts": ["x=y"]},
        )
        """,
        [
            ("asdf", "python", 3, ">=3.8", None),
            ("pypi", "django", 5, None, "production"),
            ("pypi", "celery", 5, None, "production"),
            ("pypi", "celery[redis]", 5, None, "production"),
        ],
    ),
    (
        "pyproject.toml",
        """\
        [tool.poetry.dependencies]
        python = "^3.11"
        psycopg = {version = "^3", extras = ["binary"]}
        [tool.poetry.group.dev.dependencies]
        pymongo = "*"
        """,
        [
            ("asdf", "python", 2, "^3.11", None),
            ("pypi", "psycopg", 3, None, "production"),
            ("pypi", "psycopg[binary]", 3, None, "production"),
            ("pypi", "pymongo", 5, None, "development"),
            ("asdf", "poetry", 1, None, "development"),
        ],
    ),
    ("pyproject.toml", "[tool.ruff]\nline-length = 90\n", []),
    (
        "poetry.lock",
        '[[package]]\nname = "redis"\n\n[metadata]\npython-versions = "^3.11"\n',
        [("pypi", "redis", 2, None, "production"), ("asdf", "python", 5, "^3.11", None)],
    ),
    (
        "Pipfile.lock",
        """\
        {"_meta": {"requires": {"python_version": "3.10"}},
         "default": {"redis": {"version": "==5"}},
         "develop": {"pymysql": {}}}
        """,
        [
            ("asdf", "python", 1, "3.10", None),
            ("pypi", "redis", 2, None, "production"),
            ("pypi", "pymysql", 3, None, "development"),
        ],
    ),
    (
        "x.gemspec",
        """\
        Gem::Specification.new do |s|
          s.required_ruby_version = ">= 3.1"
          s.add_dependency "pg", "~> 1"
          s.add_development_dependency("redis")
        end
        """,
        [
            ("asdf", "ruby", 2, ">= 3.1", None),
            ("gems", "pg", 3, None, "production"),
            ("gems", "redis", 4, None, "development"),
        ],
    ),
    ("rust-toolchain", "nightly-2026-01-01\n", [("asdf", "rust", 1, None, None)]),
    (
        "build.gradle",
        """\
        sourceCompatibility = '1.8'
        dependencies {
            compile group: 'org.postgresql', name: 'postgresql', version: '42'
            testImplementation "redis.clients:jedis:5"
        }
        """,
        [
            ("asdf", "java", 1, "8", None),
            ("maven", "org.postgresql:postgresql", 3, None, "production"),
            ("maven", "redis.clients:jedis", 4, None, "development"),
        ],
    ),
    (
        "pom.xml",
        """\
        <project><build><plugins><plugin>
          <artifactId>maven-compiler-plugin</artifactId>
          <configuration><release>21</release></configuration>
        </plugin></plugins></build></project>
        """,
        [("asdf", "java", 3, "21", None)],
    ),
    (
        ".mise.toml",
        '[tools]\nruby = ["3.3"]\n"aqua:x/y" = "1"\n',
        [("asdf", "ruby", 2, "3.3", None), ("asdf", "aqua:x/y", 3, "1", None)],
    ),
    (".java-version", "1.8\n", [("asdf", "java", 1, "8", None)]),
    (
        "Dockerfile",
        """\
        ARG PG=16
        FROM bitnami/postgresql:${PG} AS db
        FROM node:${NODE:-20}-alpine
        SHELL ["/bin/bash", "-c"]
        RUN curl -fsSL https://deb.nodesource.com/setup_22.x | bash - \\
          # comments are allowed here
          && apt-get install -y --no-install-recommends -t bookworm-backports \\
             postgresql-client-16=16.* "redis-tools"; npm install -g pnpm@9
        RUN <<-'END'
        apt-get -y install jq
        END
        COPY --from=composer:2 /usr/bin/composer /usr/bin/
        """,
        [
            ("images", "postgres", 2, "16", "development"),
            ("images", "node", 3, "20", "production"),
            ("asdf", "nodejs", 5, "22", "production"),
            ("apt", "postgresql-client-16", 8, "16", "production"),
            ("apt", "redis-tools", 8, None, "production"),
            ("npm", "pnpm", 8, "9", "production"),
            ("apt", "jq", 10, None, "production"),
            ("images", "composer", 12, "2", "production"),
        ],
    ),
    (
        "Dockerfile.dev",
        "FROM localhost:5000/team/ruby:3.3@sha256:abc\n",
        [("images", "team/ruby", 1, "3.3", "development")],
    ),
    (
        "compose.dev.yaml",
        """\
        x-db: &db {image: "mariadb:10.11"}
        services:
          a: *db
          b: {<<: *db, environment: [MARIADB_DATABASE=x]}
          c: {build: ., image: redis}
        """,
        [
            ("images", "mariadb", 1, "10.11", "development"),
            ("images", "mariadb", 1, "10.11", "development"),
        ],
    ),
    (
        ".devcontainer/devcontainer.json",
        """\
        {
          "image": "mcr.microsoft.com/devcontainers/python:1-3.12-bookworm",
          "features": {"ghcr.io/devcontainers/features/node:1.5.0": {"version": "lts"}},
          "postCreateCommand": "sudo apt-get install -y redis-server"
        }
        """,
        [
            ("asdf", "python", 2, "3.12", "development"),
            ("features", "devcontainers/features/node", 3, None, "development"),
            ("apt", "redis-server", 4, None, "development"),
            ("commands", "apt-get", 4, None, "development"),
        ],
    ),
    (
        ".github/workflows/ci.yml",
        """\
        jobs:
          a:
            strategy: {matrix: {node: [20], pg: [15]}}
            container: {image: "ruby:3.3"}
            services: {db: {image: "postgres:${{ matrix.pg }}"}}
            steps:
              - uses: actions/setup-node@v4
                with: {node-version: "${{ matrix.node }}"}
              - run: |
                  sudo apt-get install -y jq
        """,
        [
            ("images", "ruby", 4, "3.3", "development"),
            ("images", "postgres", 5, "15", "development"),
            ("actions", "actions/setup-node", 7, None, "development"),
            ("asdf", "nodejs", 3, "20", "development"),
            ("apt", "jq", 10, None, "development"),
            ("commands", "apt-get", 10, None, "development"),
        ],
    ),
    (
        ".gitlab-ci.yml",
        """\
        variables: {V: "3.12"}
        a:
          variables: {T: slim}
          image: {name: "python:$V-$T"}
          services: [{name: "redis:7"}]
        """,
        [
            ("images", "python", 4, "3.12", "development"),
            ("images", "redis", 5, "7", "development"),
        ],
    ),
    (
        "deploy.yml",
        """\
        - hosts: [web]
          tasks:
            - ansible.builtin.apt: {name: [nginx, postgresql-16], state: present}
            - import_role: {name: team.redis}
        """,
        [
            ("apt", "nginx", 3, None, "production"),
            ("apt", "postgresql-16", 3, "16", "production"),
            ("galaxy", "team.redis", 4, None, "production"),
        ],
    ),
    ("deploy.yml", "replicas: 3\n", []),
    (
        "Brewfile",
        "brew 'postgresql@16', restart_service: true\nbrew \"jq\"\n",
        [
            ("brew", "postgresql@16", 1, "16", "development"),
            ("brew", "jq", 2, None, "development"),
        ],
    ),
    (
        ".env.testing",
        "DB_CONNECTION=pgsql\nREDIS_URL=rediss://:x@h:6379\nCACHE_STORE=array\n",
        [
            ("schemes", "pgsql", 1, None, "development"),
            ("schemes", "redis", 2, None, "development"),
        ],
    ),
    (
        "application.properties",
        "spring.datasource.url=${DB_URL:jdbc:mysql://localhost/shop}\n#spring.redis.host=x\n",
        [("schemes", "mysql", 1, None, "production")],
    ),
    (
        "db/structure.sql",
        "CREATE EXTENSION IF NOT EXISTS postgis WITH SCHEMA public;\n",
        [("schemes", "postgresql", 1, None, "production")],
    ),
    (
        "Makefile.PL",
        "WriteMakefile(\n MIN_PERL_VERSION => '5.026001',\n PREREQ_PM => {\n  'DBD::Pg' => 3,\n",
        [("asdf", "perl", 2, ">=5.26.1", None), ("cpan", "dbd::pg", 4, None, "production")],
    ),
    (
        "system.properties",
        "java.runtime.version=17\n",
        [("asdf", "java", 1, "17", None)],
    ),
]


@pytest.mark.parametrize(("path", "text", "expected"), CASES, ids=lambda value: str(value)[:24])
def test_a_file_gives_these_hints(path: str, text: str, expected: list[Short]) -> None:
    assert short(path, text) == expected


def test_options_are_taken_from_addresses_and_environments() -> None:
    (url,) = hints(".env.example", "DATABASE_URL=postgresql+psycopg://ann:x@localhost:5433/shop\n")
    assert url.options == {
        "databases": ["shop"],
        "users": [{"name": "ann", "owns": ["shop"]}],
        "port": 5433,
    }
    (image,) = hints(
        "compose.yml",
        "services: {d: {image: 'mysql:8', environment: {MYSQL_DATABASE: a, MYSQL_USER: b}}}\n",
    )
    assert image.options == {"databases": ["a"], "users": [{"name": "b", "owns": ["a"]}]}


def test_reader_patterns_are_unique() -> None:
    names = list(known_names())
    assert len(names) == len(set(names))
