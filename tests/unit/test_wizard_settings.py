from __future__ import annotations

import pytest

from devbox.errors import UsageError
from devbox.spec.document import plain
from devbox.wizard.settings import known_keys, parse_setting


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("machine.cpus=4", ("machine", "cpus"), 4),
        ("name=acme/web", ("name",), "acme/web"),
        ("name = acme/web ", ("name",), "acme/web"),
        ("schedule.at=13:00", ("schedule", "at"), "13:00"),
        ("publish.url=https://a.b/?c=d", ("publish", "url"), "https://a.b/?c=d"),
        (
            "production=[nginx, redis: {port: 1}]",
            ("production",),
            ["nginx", {"redis": {"port": 1}}],
        ),
        ("schedule=null", ("schedule",), None),
        ("production=", ("production",), None),
        ("machine.ports.8080=80", ("machine", "ports", "8080"), 80),
        ("name=🙂", ("name",), "🙂"),
    ],
)
def test_a_setting_is_a_path_and_a_yaml_value(
    text: str, path: tuple[str, ...], value: object
) -> None:
    setting = parse_setting(text)
    assert (setting.path, plain(setting.value)) == (path, value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("machine.cpu=4", "did you mean machine.cpus?"),
        ("cpus=4", "did you mean machine.cpus?"),
        ("nmae=a/b", "did you mean name?"),
        ("🙂=1", "devbox schema"),
        ("machine.ports.http=80", "did you mean machine.ports?"),
        ("production.nginx=1", "--set 'production=[nginx,"),
        ("production", "for example"),
        ("=3", "for example"),
    ],
)
def test_an_unknown_key_is_refused_with_what_is_near(text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_setting(text)
    assert said in caught.value.remedy


@pytest.mark.parametrize(
    "text",
    [
        "name=[",
        "name='a",
        "name=!!python/object/apply:os.system [id]",
        "production=[&a nginx, *a]",
        "name=a\x00b",
        "production=" + "[" * 1000,
    ],
)
def test_a_value_that_is_no_plain_yaml_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not YAML"):
        parse_setting(text)


def test_every_key_of_the_model_can_be_set() -> None:
    assert {"name", "base.release", "base.image.sha256", "machine.ports", "schedule.on"} <= set(
        known_keys()
    )
