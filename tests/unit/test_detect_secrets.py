"""Secrets in a repo's lines are not shown."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devbox.detect.secrets import mask


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("postgres://app:s3cr@t/x@localhost:5432/app", "postgres://app:***@localhost:5432/app"),
        ("redis://:pw@h:6379/0", "redis://:***@h:6379/0"),
        ("x: amqp://u:123456@h", "x: amqp://u:***@h"),
        ("git+https://abcdef@github.com/x", "git+https://***@github.com/x"),
        ("  POSTGRES_PASSWORD: hunter2", "  POSTGRES_PASSWORD: ***"),
        ("- MYSQL_ROOT_PASSWORD=hunter2", "- MYSQL_ROOT_PASSWORD=***"),
        ("{POSTGRES_PASSWORD: x, POSTGRES_DB: app}", "{POSTGRES_PASSWORD: ***"),
        ("password: ${PW:-hunter2}", "password: ***"),
        ("ENV DB_PASS hunter2", "ENV DB_PASS ***"),
        ("command: redis-server --requirepass foo", "command: redis-server --requirepass ***"),
        ('"--requirepass", "foo"', '"--requirepass", "***'),
        ("mysql -uroot -phunter2 x", "mysql -uroot -p***"),
        ("spring.datasource.password=x", "spring.datasource.password=***"),
        ("'password' => env('DB_PASSWORD', 'x')", "'password' => ***"),
        ("u: jdbc:x://db/s?user=a&password=b&x=1", "u: jdbc:x://db/s?user=a&password=***&x=1"),
        ("token ghp_abcdefghijklmnopqrstuvwxyz0123", "token ***"),
        ("AWS_ACCESS_KEY_ID=AKIAABCDEFGHIJKLMNOP", "AWS_ACCESS_KEY_ID=***"),
        ("-----BEGIN RSA PRIVATE KEY----- abc", "***"),
    ],
)
def test_secrets_are_hidden(line: str, expected: str) -> None:
    assert mask(line) == expected


@pytest.mark.parametrize(
    "line",
    [
        "image: postgres:16",
        "http://localhost:8080/x",
        "http://localhost:8080",
        "FROM registry.example.com:5000/x:1",
        "POSTGRES_PASSWORD: ${PW}",
        "password: <%= ENV['X'] %>",
        "django-auth-ldap==4.0",
        '"passport": "^0.7"',
        "password: ${{ secrets.PW }}",
        "- '5432:5432'",
    ],
)
def test_what_is_no_secret_stays(line: str) -> None:
    assert mask(line) == line


SECRETS = st.text(
    string.ascii_letters + string.digits + "!@#%^&*()_+-=/.~", min_size=6, max_size=40
)


@given(SECRETS)
def test_no_password_of_an_address_is_shown(secret: str) -> None:
    secret = f"Zq{secret}Zq"
    assert secret not in mask(f"DATABASE_URL=postgres://app:{secret}@db:5432/app")


@given(
    SECRETS,
    st.sampled_from(["DB_PASSWORD={}", "  password: {}", '"apiKey": "{}",', "X_TOKEN: '{}'"]),
)
def test_no_named_secret_is_shown(secret: str, form: str) -> None:
    assert f"Zq{secret}" not in mask(form.format(f"Zq{secret}"))


@given(st.text(max_size=3000))
def test_any_line_can_be_masked(line: str) -> None:
    mask(line)
