"""Words that people use for others, and names that can be proposed."""

from __future__ import annotations

import re
import unicodedata

TOOL_SYNONYMS = {
    "amqp": "rabbitmq",
    "ansible": "ansible_core",
    "ansible-core": "ansible_core",
    "apache2": "apache",
    "apt": "packages",
    "apt-packages": "packages",
    "aws": "awscli",
    "aws-cli": "awscli",
    "awscli2": "awscli",
    "build-essential": "build_tools",
    "build-tools": "build_tools",
    "buildah": "podman",
    "bundler": "ruby",
    "c": "build_tools",
    "c++": "build_tools",
    "caddyserver": "caddy",
    "cargo": "rust",
    "cc": "build_tools",
    "chrome": "chromium",
    "chromedriver": "chromium",
    "chromium-browser": "chromium",
    "clang": "build_tools",
    "cmake": "build_tools",
    "compose": "docker",
    "composer": "php",
    "cpan": "perl",
    "cpp": "build_tools",
    "cpython": "python",
    "deb": "packages",
    "default-jdk": "java",
    "docker-ce": "docker",
    "docker-compose": "docker",
    "docker-engine": "docker",
    "docker.io": "docker",
    "emacs-nox": "emacs",
    "erlang": "elixir",
    "fd-find": "fd",
    "fdfind": "fd",
    "fpm": "php_fpm",
    "fuzzy-finder": "fzf",
    "g++": "build_tools",
    "gcc": "build_tools",
    "gem": "ruby",
    "git-lfs": "git",
    "git-scm": "git",
    "golang": "go",
    "golang-go": "go",
    "google-chrome": "chromium",
    "gradle": "java",
    "ha-proxy": "haproxy",
    "headless-chrome": "chromium",
    "httpd": "apache",
    "javascript": "node",
    "jdk": "java",
    "jre": "java",
    "js": "node",
    "jvm": "java",
    "k8s": "kubectl",
    "kube": "kubectl",
    "kubernetes": "kubectl",
    "kubernetes-client": "kubectl",
    "lfs": "git",
    "mailcatcher": "mail_catcher",
    "mailhog": "mail_catcher",
    "mailpit": "mail_catcher",
    "make": "build_tools",
    "mariadb-server": "mariadb",
    "maven": "java",
    "memcache": "memcached",
    "mix": "elixir",
    "moby": "docker",
    "mqtt": "mosquitto",
    "nats-server": "nats",
    "node.js": "node",
    "nodejs": "node",
    "npmjs": "npm",
    "nvim": "neovim",
    "oh-my-zsh": "zsh",
    "openjdk": "java",
    "otp": "elixir",
    "package": "packages",
    "perl5": "perl",
    "pg": "postgresql",
    "php-cli": "php",
    "php-fpm": "php_fpm",
    "phpfpm": "php_fpm",
    "pip3": "pip",
    "postgis": "postgresql",
    "postgres": "postgresql",
    "psql": "postgresql",
    "py": "python",
    "pypi": "pip",
    "python3": "python",
    "rabbit": "rabbitmq",
    "rabbitmq-server": "rabbitmq",
    "rb": "ruby",
    "redis-server": "redis",
    "rg": "ripgrep",
    "ruby-full": "ruby",
    "rustc": "rust",
    "rustup": "rust",
    "selenium": "chromium",
    "sh": "script",
    "shell": "script",
    "smtp": "mail_catcher",
    "sqlite3": "sqlite",
    "valkey-server": "valkey",
    "vi": "vim",
    "webdriver": "chromium",
}
"""Other words for the catalog's tools: what people, registries and archives call them."""

TOOLS_ELSEWHERE = {
    "bun": (
        "Bun is not in Debian: it comes from its own site and from npm (with the tool npm, "
        "packages: [bun])"
    ),
    "cassandra": "Cassandra is not in Debian: it comes from its makers' own archive",
    "consul": "Consul is not in Debian, for its licence: it comes from HashiCorp's own archive",
    "couchdb": "CouchDB is not in Debian any more: it comes from its makers' own archive",
    "deno": (
        "Deno is not in Debian: it comes from its own site and from npm (with the tool npm, "
        "packages: [deno])"
    ),
    "dotnet": ".NET is not in Debian: it comes from Microsoft's own archive",
    "elasticsearch": (
        "Elasticsearch is not in Debian: it comes from its makers' own archive. PostgreSQL's "
        "full-text search is near"
    ),
    "grafana": "Grafana is not in Debian: it comes from its makers' own archive",
    "helm": "Helm is not in Debian: it comes from its makers' own site",
    "kafka": (
        "Kafka is not in Debian: it comes as an archive from Apache's site. rabbitmq and nats "
        "are near"
    ),
    "meilisearch": "Meilisearch is not in Debian: it comes from its makers' own archive",
    "minio": "MinIO is not in Debian: it comes from its makers' own site",
    "mongodb": (
        "MongoDB is not in Debian, for its licence: it comes from its makers' own archive. "
        "PostgreSQL's jsonb is near"
    ),
    "mssql": "Microsoft SQL Server is not in Debian: it comes from Microsoft's own archive",
    "mysql": "MySQL itself is not in Debian. mariadb is its sibling, and speaks the same protocol",
    "opensearch": (
        "OpenSearch is not in Debian: it comes from its makers' own archive. PostgreSQL's "
        "full-text search is near"
    ),
    "opentofu": "OpenTofu is not in Debian: it comes from its makers' own archive",
    "oracle": "Oracle Database is not in Debian, and its licence lets nobody pass it on in a box",
    "terraform": (
        "Terraform is not in Debian, for its licence: it comes from HashiCorp's own archive. "
        "ansible_core is near"
    ),
    "vault": "Vault is not in Debian, for its licence: it comes from HashiCorp's own archive",
    "vscode": (
        "Visual Studio Code runs on the developer's computer, and opens the box over SSH: "
        "devbox ssh --config"
    ),
}
"""What no tool of the catalog installs: why, and what is near; sentences without the last stop."""

_ELSEWHERE_SYNONYMS = {
    ".net": "dotnet",
    "apache-kafka": "kafka",
    "aspnet": "dotnet",
    "c#": "dotnet",
    "code": "vscode",
    "csharp": "dotnet",
    "dotnet-sdk": "dotnet",
    "elastic": "elasticsearch",
    "hashicorp": "terraform",
    "mongo": "mongodb",
    "mongod": "mongodb",
    "mysql-server": "mysql",
    "mysqld": "mysql",
    "oracle-database": "oracle",
    "percona": "mysql",
    "sql-server": "mssql",
    "sqlserver": "mssql",
    "visual-studio-code": "vscode",
}

RELEASE_SYNONYMS = {"12": "bookworm", "13": "trixie", "debian12": "bookworm", "debian13": "trixie"}

KEY_SYNONYMS = {
    "dev": "development",
    "distro": "distribution",
    "prod": "production",
    "provider": "providers",
    "ram": "memory",
    "cpu": "cpus",
    "vm": "machine",
}


def explain_elsewhere(name: str) -> str:
    """Say why something is not in the catalog and what to do; empty for what is not known."""
    word = name.strip().lower()
    return TOOLS_ELSEWHERE.get(_ELSEWHERE_SYNONYMS.get(word, word), "")


def propose_name(text: str) -> str:
    """Return a valid box name (owner/box) as near to a text as can be.

    Args:
        text: what a user wrote, or the name of a folder; anything at all.
    """
    words = [_slug(word) for word in text.split("/")]
    words = [word for word in words if word]
    if len(words) < 2:
        return f"my-team/{words[0] if words else 'box'}"
    return f"{words[0]}/{_slug('-'.join(words[1:]))}"


def _slug(text: str) -> str:
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9._-]+", "-", ascii_text).strip("-._")[:64]
