"""Things that repos need and that are no tools of their own, in the form of a tool's evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from devbox.spec.model import Part


@dataclass(frozen=True)
class Thing:
    """Something that the catalog may have no tool for.

    Attributes:
        title: its name as its makers write it.
        evidence: as ``evidence`` of a tool's metadata: names by kind.
        part: where it usually belongs.
    """

    title: str
    evidence: Mapping[str, tuple[str, ...]]
    part: Part = "production"


def _thing(title: str, part: Part = "production", /, **evidence: str) -> Thing:
    return Thing(title, {kind: tuple(names.split()) for kind, names in evidence.items()}, part)


THINGS: Mapping[str, Thing] = {
    "mongodb": _thing(
        "MongoDB",
        images="mongo mongodb/* percona/percona-server-mongodb bitnami/mongodb",
        apt="mongodb mongodb-org* mongodb-server",
        brew="mongodb-community*",
        npm="mongodb mongoose mongodb-client-encryption @typegoose/typegoose",
        pypi="pymongo motor mongoengine beanie djongo",
        gems="mongo mongoid",
        composer="ext-mongodb mongodb/mongodb mongodb/laravel-mongodb",
        maven="org.mongodb:* *:spring-boot-starter-data-mongodb*",
        go="go.mongodb.org/mongo-driver*",
        crates="mongodb",
        hex="mongodb_driver mongodb",
        nuget="mongodb.driver*",
        schemes="mongodb mongodb+srv mongo",
        galaxy="*.mongodb",
        features="*/features/mongodb*",
    ),
    "mysql": _thing(
        "MySQL",
        images="mysql mysql/mysql-server percona",
        apt="mysql-server* mysql-client*",
        brew="mysql mysql@* mysql-client",
        npm="mysql mysql2",
        pypi="mysqlclient pymysql mysql-connector-python aiomysql asyncmy",
        gems="mysql2 trilogy",
        composer="ext-mysqli ext-pdo_mysql",
        maven="mysql:mysql-connector-java com.mysql:mysql-connector-j",
        go="github.com/go-sql-driver/mysql gorm.io/driver/mysql",
        crates="mysql mysql_async sqlx[mysql] diesel[mysql]",
        hex="myxql",
        nuget="mysqlconnector mysql.data pomelo.entityframeworkcore.mysql",
        schemes="mysql mysql2 pdo_mysql trilogy",
        galaxy="*.mysql",
    ),
    "sql-server": _thing(
        "SQL Server",
        images="mssql/server azure-sql-edge",
        npm="mssql tedious",
        pypi="pymssql mssql-django",
        gems="tiny_tds activerecord-sqlserver-adapter",
        maven="com.microsoft.sqlserver:*",
        nuget="microsoft.data.sqlclient system.data.sqlclient "
        "microsoft.entityframeworkcore.sqlserver",
        schemes="mssql sqlserver sqlsrv",
    ),
    "oracle": _thing(
        "Oracle Database",
        images="oracle/* gvenzl/oracle-* database/free",
        npm="oracledb",
        pypi="oracledb cx-oracle",
        maven="com.oracle.database.jdbc:*",
        nuget="oracle.manageddataaccess*",
        schemes="oracle oracle-xe",
    ),
    "elasticsearch": _thing(
        "Elasticsearch",
        images="elasticsearch elasticsearch/elasticsearch",
        apt="elasticsearch",
        npm="@elastic/elasticsearch elasticsearch @nestjs/elasticsearch",
        pypi="elasticsearch elasticsearch-dsl django-elasticsearch-dsl",
        gems="elasticsearch* searchkick chewy",
        composer="elasticsearch/elasticsearch",
        maven="co.elastic.clients:* org.elasticsearch.client:* "
        "*:spring-boot-starter-data-elasticsearch",
        go="github.com/elastic/go-elasticsearch*",
        nuget="elastic.clients.elasticsearch nest elasticsearch.net",
        schemes="elasticsearch elastic",
        galaxy="*.elasticsearch",
    ),
    "opensearch": _thing(
        "OpenSearch",
        images="opensearchproject/opensearch",
        npm="@opensearch-project/opensearch",
        pypi="opensearch-py",
        gems="opensearch-ruby",
        maven="org.opensearch.client:*",
        schemes="opensearch",
    ),
    "kafka": _thing(
        "Apache Kafka",
        images="confluentinc/cp-kafka confluentinc/confluent-local apache/kafka bitnami/kafka "
        "wurstmeister/kafka redpandadata/redpanda kafka",
        npm="kafkajs node-rdkafka @confluentinc/kafka-javascript",
        pypi="kafka-python kafka-python-ng confluent-kafka aiokafka faust-streaming",
        gems="ruby-kafka rdkafka karafka racecar",
        maven="org.apache.kafka:* org.springframework.kafka:*",
        go="github.com/segmentio/kafka-go github.com/ibm/sarama github.com/shopify/sarama "
        "github.com/confluentinc/confluent-kafka-go* github.com/twmb/franz-go*",
        crates="rdkafka kafka",
        hex="brod kafka_ex broadway_kafka",
        nuget="confluent.kafka",
        schemes="kafka",
    ),
    "zookeeper": _thing(
        "Apache ZooKeeper",
        images="zookeeper confluentinc/cp-zookeeper wurstmeister/zookeeper",
        apt="zookeeper zookeeperd",
    ),
    "cassandra": _thing(
        "Apache Cassandra",
        images="cassandra scylladb/scylla",
        npm="cassandra-driver",
        pypi="cassandra-driver",
        go="github.com/gocql/gocql",
        schemes="cassandra",
    ),
    "neo4j": _thing(
        "Neo4j",
        images="neo4j",
        npm="neo4j-driver",
        pypi="neo4j neomodel",
        go="github.com/neo4j/neo4j-go-driver*",
        schemes="neo4j bolt",
    ),
    "clickhouse": _thing(
        "ClickHouse",
        images="clickhouse clickhouse/clickhouse-server yandex/clickhouse-server",
        npm="@clickhouse/client",
        pypi="clickhouse-connect clickhouse-driver",
        go="github.com/clickhouse/clickhouse-go*",
        schemes="clickhouse",
    ),
    "influxdb": _thing(
        "InfluxDB",
        images="influxdb",
        npm="@influxdata/influxdb-client influx",
        pypi="influxdb influxdb-client",
        schemes="influxdb",
    ),
    "solr": _thing("Apache Solr", images="solr", pypi="pysolr", gems="rsolr sunspot*"),
    "meilisearch": _thing(
        "Meilisearch",
        images="getmeili/meilisearch",
        npm="meilisearch",
        pypi="meilisearch",
        gems="meilisearch*",
        composer="meilisearch/meilisearch-php",
        schemes="meilisearch",
    ),
    "minio": _thing(
        "MinIO (S3)",
        images="minio/minio quay.io/minio/minio",
        npm="minio",
        pypi="minio",
        go="github.com/minio/minio-go*",
        schemes="minio",
    ),
    "etcd": _thing("etcd", images="etcd coreos/etcd etcd-development/etcd", apt="etcd etcd-server"),
    "consul": _thing("Consul", images="consul hashicorp/consul", asdf="consul"),
    "vault": _thing("Vault", images="vault hashicorp/vault", asdf="vault", pypi="hvac"),
    "keycloak": _thing("Keycloak", images="keycloak/keycloak jboss/keycloak", galaxy="*.keycloak"),
    "localstack": _thing("LocalStack", "development", images="localstack/localstack*"),
    "prometheus": _thing("Prometheus", images="prom/prometheus", apt="prometheus"),
    "grafana": _thing("Grafana", images="grafana/grafana*", apt="grafana"),
    "traefik": _thing("Traefik", images="traefik", asdf="traefik"),
    "adminer": _thing("Adminer", "development", images="adminer"),
    "phpmyadmin": _thing("phpMyAdmin", "development", images="phpmyadmin phpmyadmin/phpmyadmin"),
    "pgadmin": _thing("pgAdmin", "development", images="dpage/pgadmin4"),
    "redis-commander": _thing(
        "Redis Commander", "development", images="rediscommander/redis-commander"
    ),
    "mongo-express": _thing("mongo-express", "development", images="mongo-express"),
    "selenium": _thing("Selenium", "development", images="selenium/*"),
    "dotnet": _thing(
        ".NET",
        files="*.csproj *.fsproj *.sln *.slnx",
        images="dotnet dotnet/* dotnet/core/*",
        apt="dotnet-sdk-* dotnet-runtime-* aspnetcore-runtime-*",
        brew="dotnet dotnet-sdk",
        asdf="dotnet dotnet-core",
        features="*/features/dotnet",
        actions="actions/setup-dotnet",
        commands="dotnet",
    ),
    "terraform": _thing(
        "Terraform",
        "development",
        files="*.tf .terraform.lock.hcl .terraform-version terragrunt.hcl",
        images="hashicorp/terraform",
        brew="terraform hashicorp/tap/terraform tfenv",
        asdf="terraform terragrunt opentofu",
        features="*/features/terraform",
        actions="hashicorp/setup-terraform",
        commands="terraform terragrunt tofu",
    ),
    "deno": _thing(
        "Deno",
        files="deno.json deno.jsonc deno.lock",
        images="denoland/deno",
        asdf="deno",
        actions="denoland/setup-deno",
        commands="deno",
    ),
    "bun": _thing(
        "Bun",
        "development",
        files="bun.lock bun.lockb bunfig.toml",
        images="oven/bun",
        asdf="bun",
        actions="oven-sh/setup-bun",
        commands="bun bunx",
    ),
    "dart": _thing(
        "Dart and Flutter",
        files="pubspec.yaml",
        images="dart cirrusci/flutter",
        asdf="dart flutter",
        actions="subosito/flutter-action dart-lang/setup-dart",
    ),
    "swift": _thing("Swift", files="Package.swift", images="swift", asdf="swift"),
    "haskell": _thing("Haskell", files="stack.yaml *.cabal", images="haskell", asdf="ghc haskell"),
    "scala": _thing("Scala", files="build.sbt", asdf="scala sbt"),
    "r": _thing("R", files="renv.lock DESCRIPTION", images="r-base rocker/*", apt="r-base*"),
    "julia": _thing("Julia", files="Project.toml Manifest.toml", images="julia", asdf="julia"),
    "lua": _thing("Lua", files="*.rockspec", apt="lua5.*", asdf="lua"),
    "ocaml": _thing("OCaml", files="dune-project *.opam", images="ocaml/opam", asdf="ocaml"),
    "zig": _thing("Zig", files="build.zig", asdf="zig"),
}  # fmt: skip
"""Asked only where no tool of the catalog claims a name."""


@dataclass(frozen=True)
class Companion:
    """A program that comes as an option of a tool.

    Attributes:
        tool: the tool's name in the catalog.
        options: the options that bring it.
    """

    tool: str
    options: Mapping[str, JsonValue]


COMPANIONS: Mapping[str, Companion] = {
    "npm": Companion("node", {"npm": True}),
    "yarn": Companion("node", {"npm": True, "package_managers": ["yarn"]}),
    "pnpm": Companion("node", {"npm": True, "package_managers": ["pnpm"]}),
    "maven": Companion("java", {"maven": True}),
    "gradle": Companion("java", {}),
    "composer": Companion("php", {"composer": True}),
    "uv": Companion("python", {"tools": ["uv"]}),
    "poetry": Companion("python", {"tools": ["poetry"]}),
    "pipenv": Companion("python", {"tools": ["pipenv"]}),
    "pdm": Companion("python", {"tools": ["pdm"]}),
    "hatch": Companion("python", {"tools": ["hatch"]}),
}
"""By their names in version managers."""

STAND_INS: Mapping[str, str] = {"redis": "valkey"}
"""Servers, and those that answer their clients in the same way and at the same port."""

# What is on every system, or serves package management alone.
PLAIN_PACKAGES = frozenset(
    """
    apt-transport-https apt-utils bash ca-certificates coreutils cron dbus debconf debian-keyring
    dirmngr dumb-init findutils gnupg gnupg1 gnupg2 gosu locales lsb-release openssh-client
    openssh-server openssl passwd procps python3-software-properties
    software-properties-common sudo systemd tini tzdata util-linux wget curl unzip xz-utils zip
    """.split()  # noqa: SIM905 - a list of names
)
"""Debian packages that say nothing of a stack."""

PLAIN_FEATURES = frozenset({"common-utils", "git", "github-cli", "sshd", "desktop-lite", "nix"})
"""Features of development containers that every box has or that no box needs."""

PLAIN_IMAGES = frozenset(
    """
    alpine debian ubuntu busybox centos fedora rockylinux almalinux amazonlinux archlinux opensuse
    buildpack-deps scratch docker:dind hello-world devcontainers/base devcontainers/universal base
    base-debian baseimage distroless/base distroless/static distroless/cc distroless/base-debian12
    distroless/static-debian12 distroless/static-debian11 distroless/cc-debian12
    ubi8/ubi ubi9/ubi ubi9/ubi-minimal chainguard/static phusion/baseimage
    """.split()  # noqa: SIM905 - a list of names
)
"""Images that are a system and no more."""
