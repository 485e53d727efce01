"""The Vagrantfile as Ruby itself reads it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from devbox.machine import vagrantfile
from devbox.machine.vagrantfile import Port, Settings, spec_ports

needs_ruby = pytest.mark.skipif(shutil.which("ruby") is None, reason="needs ruby")

HOSTILE = [
    "plain",
    "it's",
    '"double"',
    "#{raise 'run'}",
    "back\\slash",
    "ends with \\",
    "\\'; raise 'run'; '",
    "two\nlines",
    "${HOME} `id` %{x} {{ y }}",
    "emoji 🚀 and ü",
    "../../etc/passwd",
]

# Stands in for Vagrant: takes any setting, and prints what was set.
_STUB = r"""
require 'json'
$seen = Hash.new { |hash, key| hash[key] = [] }
class Recorder
  def initialize(prefix) = @prefix = prefix
  def method_missing(name, *args, **options)
    if name.end_with?('=') || !args.empty? || !options.empty?
      $seen["#{@prefix}#{name}".delete_suffix('=')] << (args + [options])
    end
    yield Recorder.new("#{@prefix}#{name}.") if block_given?
    Recorder.new("#{@prefix}#{name}.")
  end
  def respond_to_missing?(*) = true
end
module Vagrant
  def self.configure(_version) = yield(Recorder.new(''))
end
load ARGV[0]
puts JSON.generate($seen)
"""


def evaluate(path: Path, **environment: str) -> dict[str, list[list[object]]]:
    """Return each setting that a Vagrantfile makes, with its arguments."""
    ran = subprocess.run(
        ["ruby", "-e", _STUB, str(path)],
        capture_output=True,
        check=True,
        env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **environment},
    )
    return dict(json.loads(ran.stdout))


def write(folder: Path, settings: Settings) -> Path:
    path = folder / "Vagrantfile"
    path.write_text(vagrantfile.render(settings), "utf-8")
    return path


@needs_ruby
def test_any_text_is_the_same_text_in_ruby() -> None:
    literals = ", ".join(vagrantfile.ruby(text) for text in HOSTILE)
    script = f"# encoding: utf-8\nrequire 'json'\nputs JSON.generate([{literals}])"
    ran = subprocess.run(
        ["ruby", "-"],
        input=script.encode(),
        capture_output=True,
        check=True,
        env={"LANG": "C.UTF-8"},
    )
    assert json.loads(ran.stdout) == HOSTILE


def _forward(name: str, guest: int, host: int) -> dict[str, object]:
    return {"id": name, "guest": guest, "host": host, "host_ip": "127.0.0.1"}


@needs_ruby
def test_settings_arrive_in_vagrant(tmp_path: Path) -> None:
    url = "https://boxes.example.com/a'b/#{1+1}/stable.json"
    settings = Settings(
        "acme/web", url, ports=spec_ports({8080: 80, 5432: 5432}), cpus=2, memory=2048
    )
    seen = evaluate(write(tmp_path, settings))
    assert seen["vm.box"] == [["acme/web", {}]]
    assert seen["vm.box_url"] == [[url, {}]]
    assert seen["vm.network"] == [
        ["forwarded_port", _forward("devbox-8080", 80, 8080)],
        ["forwarded_port", _forward("devbox-5432", 5432, 5432)],
    ]
    assert "vm.box_version" not in seen


@needs_ruby
def test_a_catalog_in_the_project_is_found_in_every_clone(tmp_path: Path) -> None:
    settings = Settings("acme/web", "boxes/acme/web/stable.json", relative=True)
    seen = evaluate(write(tmp_path, settings))
    assert seen["vm.box_url"] == [[f"{tmp_path}/boxes/acme/web/stable.json", {}]]


@needs_ruby
def test_the_driver_is_this_computers_own(tmp_path: Path) -> None:
    path = write(tmp_path, Settings("acme/web", "https://example.com/x.json"))
    (tmp_path / ".devbox").mkdir()
    (tmp_path / ".devbox" / "machine.json").write_text('{"driver": "qemu"}')
    provider = "vm.provider."
    assert evaluate(path)[f"{provider}driver"] == [["qemu", {}]]
    forced = evaluate(path, DEVBOX_LIBVIRT_DRIVER="kvm")
    assert forced[f"{provider}driver"] == [["kvm", {}]]


@needs_ruby
@pytest.mark.parametrize("damaged", ["", "[]", '"text"', "{", "null"])
def test_a_damaged_note_about_the_computer_does_no_harm(tmp_path: Path, damaged: str) -> None:
    path = write(tmp_path, Settings("acme/web", "https://example.com/x.json"))
    (tmp_path / ".devbox").mkdir()
    (tmp_path / ".devbox" / "machine.json").write_text(damaged)
    assert evaluate(path)["vm.provider.driver"][0][0] in ("kvm", "qemu")


@needs_ruby
@pytest.mark.parametrize("name", ["web", "my project", "🚀", "-rf", "a" * 120, "it's <&>", "wéb.1"])
def test_python_and_ruby_name_the_machine_alike(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    seen = evaluate(write(folder, Settings("acme/web", "https://example.com/x.json")))
    prefix = seen["vm.provider.default_prefix"][0][0]
    assert f"{prefix}default" == vagrantfile.domain_name(folder)


@needs_ruby
def test_a_path_that_would_break_libvirts_xml_gets_no_console_log(tmp_path: Path) -> None:
    folder = tmp_path / "a&b"
    folder.mkdir()
    settings = Settings("acme/web", "https://example.com/x.json")
    assert "vm.provider.serial" not in evaluate(write(folder, settings))
    assert "vm.provider.serial" in evaluate(write(tmp_path, settings))


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    for catalog in ("https://example.com/it's/\\x.json", "file:///srv/a%20b/stable.json"):
        settings = Settings("acme/web", catalog, ports=spec_ports({8080: 80}), cpus=1, memory=512)
        written = vagrantfile.read(vagrantfile.render(settings), tmp_path)
        assert written == vagrantfile.Written("acme/web", catalog, settings.ports, 512)


def test_a_persons_own_vagrantfile_is_read() -> None:
    written = vagrantfile.read(
        """
        # config.vm.network "forwarded_port", guest: 1, host: 2
        Vagrant.configure("2") do |c|
          c.vm.box = "acme/web"
          c.vm.box_url = "https://example.com/#{ENV['X']}"
          c.vm.network "forwarded_port", guest: 80, host: 8080
          c.vm.network :forwarded_port, :host => 5433, :guest => 5432
        end
        """,
        Path("/project"),
    )
    assert written.box == "acme/web"
    assert written.catalog is None, "an expression is Vagrant's business"
    assert [(port.host, port.guest) for port in written.ports] == [(8080, 80), (5433, 5432)]


def test_the_projects_port_takes_the_place_of_the_boxs() -> None:
    box = spec_ports({8080: 80, 5432: 5432})
    own = vagrantfile.read(Port(18080, 80, "devbox-8080").line, Path("/project")).ports
    merged = vagrantfile.merge_ports(box, own)
    assert [(port.host, port.guest) for port in merged] == [(18080, 80), (5432, 5432)]
