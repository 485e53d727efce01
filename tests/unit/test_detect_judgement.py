"""What detection makes of evidence that is weak, broad, or speaks of something else."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from devbox.detect import Finding, Report, detect
from devbox.tools import load_tools

Look = Callable[[dict[str, str]], Report]


@pytest.fixture
def look(tmp_path: Path) -> Look:
    def written(files: dict[str, str]) -> Report:
        root = tmp_path / "harbour"
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(textwrap.dedent(text))
        return detect(root, load_tools())

    return written


def found(report: Report, name: str) -> Finding:
    return next(finding for finding in report.findings if finding.name == name)


def names(report: Report, *, possible: bool = False) -> set[str]:
    return {it.name for it in report.findings if possible or it.confidence != "possible"}


def packages(report: Report) -> set[str]:
    return {library.package for library in report.libraries}


def compose(*services: str, file: str = "compose.yml") -> dict[str, str]:
    lines = [f"  s{number}:\n    image: {image}\n" for number, image in enumerate(services)]
    return {file: "services:\n" + "".join(lines)}


WORKFLOW = ".github/workflows/ci.yml"


def workflow(steps: str, services: str = "") -> dict[str, str]:
    text = "jobs:\n  test:\n    runs-on: x\n" + services + "    steps:\n" + steps
    return {WORKFLOW: text}


def test_a_weaker_version_that_a_stronger_range_excludes_does_not_count(look: Look) -> None:
    steps = "      - uses: actions/setup-node@v4\n        with: {node-version: 20}\n"
    package = {"package.json": '{"engines": {"node": ">=24.1.0"}}\n'}
    report = look({**package, **workflow(steps)})
    assert found(report, "node").version == "24"
    assert report.conflicts == ()


def test_a_weaker_version_within_a_stronger_range_is_taken(look: Look) -> None:
    steps = "      - uses: actions/setup-node@v4\n        with: {node-version: 22}\n"
    package = {"package.json": '{"engines": {"node": ">=18"}}\n'}
    assert found(look({**package, **workflow(steps)}), "node").version == "22"


def test_a_short_tag_is_any_version_that_begins_so(look: Look) -> None:
    report = look(
        {
            **compose("nginx:1-alpine", "mariadb:10"),
            "go.mod": "module harbour\n\ngo 1.26\n",
            "Dockerfile": "FROM golang:1 AS build\nFROM debian\n",
        }
    )
    assert found(report, "nginx").version is None
    assert found(report, "mariadb").version == "10.11"
    assert found(report, "go").version == "1.26"


def test_a_test_against_an_old_version_does_not_decide_where_the_latest_runs(look: Look) -> None:
    services = "    services:\n      db: {image: 'postgres:13'}\n"
    report = look({**compose("postgres:latest"), **workflow("      - run: x\n", services)})
    assert found(report, "postgresql").version is None


def test_a_version_within_a_tag_is_read(look: Look) -> None:
    report = look({"Dockerfile": "FROM ghcr.io/astral-sh/uv:0.9-python3.12-trixie-slim\n"})
    assert found(report, "python").version == "3.12"
    assert "0.9" not in {finding.version for finding in report.findings}


def test_clients_of_redis_speak_for_valkey_where_that_runs(look: Look) -> None:
    report = look({**compose("valkey/valkey:8"), "requirements.txt": "redis\n"})
    assert "redis" not in names(report, possible=True)
    assert {str(piece.file) for piece in found(report, "valkey").evidence} == {
        "compose.yml",
        "requirements.txt",
    }
    both = look(compose("valkey/valkey:8", "redis:7"))
    assert {"redis", "valkey"} <= names(both)


def test_images_and_packages_of_the_repo_itself_are_no_findings(look: Look) -> None:
    report = look(
        {
            **compose("acme/harbour:1", "ghcr.io/harbour-io/worker", "acme/crane:2"),
            "Dockerfile": "FROM debian\nRUN apt-get install -y harbour-cli libfoo1\n",
        }
    )
    assert {name for name in names(report) if "/" in name} == {"acme/crane"}
    assert packages(report) == {"libfoo1"}


def test_an_image_of_unknown_variables_is_no_finding(look: Look) -> None:
    report = look(compose('"${REPO}/${NAME}:${TAG}"', '"${MIRROR}/postgres:16"'))
    assert names(report) == {"postgresql", "docker"}


def test_comments_between_packages_are_no_packages(look: Look) -> None:
    text = """\
        FROM debian
        RUN apt-get install -y \\
          libone1 `# this one is needed by that` \\
          # and this
          libtwo2
        """
    assert packages(look({"Dockerfile": text})) == {"libone1", "libtwo2"}


def test_packages_have_names_that_debian_has(look: Look) -> None:
    text = (
        "FROM debian\nRUN apt-get install -y libvips libssl3t64 python-dev python-mysqldb "
        "ttf-mscorefonts-installer libicu72 libxmlsec1t64-openssl\n"
        "RUN apt-get satisfy 'libcmark-dev (>= 0.30.2)'\n"
    )
    assert packages(look({"Dockerfile": text})) == {
        "libvips42",
        "libssl3",
        "libxmlsec1-openssl",
        "python3-dev",
        "libcmark-dev",
    }


def test_alpine_writes_the_versions_of_php_without_a_dot(look: Look) -> None:
    report = look({"Dockerfile": "FROM alpine\nRUN apk add php84-fpm php84-pdo\n"})
    assert found(report, "php").version == "8.4"


def test_what_every_new_app_has_is_merely_possible(look: Look) -> None:
    cable = "production:\n  adapter: redis\n  url: redis\n"
    report = look({"public/.htaccess": "", "config/cable.yml": cable})
    assert names(report) == set()
    assert names(report, possible=True) == {"apache", "redis"}


def test_tests_propose_no_options(look: Look) -> None:
    settings = 'DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql"}}\n'
    address = 'URL = "postgres://keel:pw@localhost/hold"\n'
    report = look({"src/tests/settings.py": settings + address})
    finding = found(report, "postgresql")
    assert (finding.part, finding.confidence, finding.options) == ("development", "likely", {})


def test_a_file_in_a_folder_for_development_is_developments(look: Look) -> None:
    files = compose("acme/crane", "postgres:16", file=".devcontainer/docker-compose.yml")
    report = look({**files, **compose("adminer", file="compose.yml")})
    assert {it.name: it.part for it in report.findings if it.name != "docker"} == {
        "acme/crane": "development",
        "postgresql": "development",
        "adminer": "development",
    }


def test_ansible_is_for_developers_and_its_bundle_has_versions_of_its_own(look: Look) -> None:
    finding = found(look({"requirements.txt": "ansible>=2\n"}), "ansible_core")
    assert (finding.part, finding.version) == ("development", None)


def test_packages_in_variables_of_roles_are_read(look: Look) -> None:
    text = """\
        cache_packages_default:
          redis-server: "{{ state }}"
        proxy_package: nginx
        extra_packages: [ghostscript, {name: imagemagick}]
        """
    report = look({"roles/all/defaults/main.yml": text})
    assert {"redis", "nginx"} <= names(report)
    assert packages(report) == {"ghostscript", "imagemagick"}


def test_node_that_maven_fetches_is_read_and_testcontainers_need_docker_to_develop(
    look: Look,
) -> None:
    text = """\
        <project>
          <properties><node.version>v24.1.0</node.version></properties>
          <dependencies>
            <dependency>
              <groupId>org.testcontainers</groupId><artifactId>testcontainers</artifactId>
              <scope>provided</scope>
            </dependency>
          </dependencies>
          <build><plugins><plugin>
            <artifactId>frontend-maven-plugin</artifactId>
            <executions><execution><configuration>
              <nodeVersion>${node.version}</nodeVersion>
            </configuration></execution></executions>
          </plugin></plugins></build>
        </project>
        """
    report = look({"pom.xml": text})
    assert found(report, "node").version == "24"
    assert (found(report, "node").part, found(report, "docker").part) == ("development",) * 2


def test_things_without_a_tool_are_no_conflict(look: Look) -> None:
    assert look(compose("cassandra:4.1", "cassandra:5.0")).conflicts == ()


def test_only_names_of_extensions_are_extensions(look: Look) -> None:
    steps = (
        "      - uses: shivammathur/setup-php@v2\n        with:\n"
        '          extensions: "none, intl, ${{ matrix.db }}, :opcache, gd-1.2"\n'
    )
    extensions = found(look(workflow(steps)), "php").options["extensions"]
    assert isinstance(extensions, list)
    assert {"intl", "gd"} >= {str(name) for name in extensions}
    assert extensions


def test_loops_of_old_playbooks_are_read(look: Look) -> None:
    text = """\
        - apt: pkg={{ item }} state=present
          with_items:
            - postgresql
            - ghostscript
        """
    report = look({"roles/db/tasks/main.yml": text})
    assert names(report) == {"postgresql"}
    assert packages(report) == {"ghostscript"}


def test_a_library_of_clients_does_not_make_a_server_certain(look: Look) -> None:
    text = "FROM debian\nRUN apt-get install -y default-libmysqlclient-dev libpq-dev\n"
    report = look({"Dockerfile": text})
    assert "certain" not in {finding.confidence for finding in report.findings}
