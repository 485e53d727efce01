""".NET: project files, global.json, central package versions.

Project files: https://learn.microsoft.com/dotnet/core/project-sdk/overview; global.json:
https://learn.microsoft.com/dotnet/core/tools/global-json.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from devbox.detect.formats.json_nodes import read_json
from devbox.detect.formats.xml_nodes import Element, read_xml
from devbox.detect.hints import File, Hint, Reader

_FRAMEWORK = re.compile(r"net(?:coreapp|standard)?(\d+\.\d+)")


def _project(file: File) -> Iterator[Hint]:
    root = read_xml(file.text)
    yield Hint("asdf", "dotnet", 0, "a project of .NET", "certain")
    for name in ("TargetFramework", "TargetFrameworks"):
        for element in root.each("PropertyGroup", name):
            yield from _frameworks(element)
    for word in ("PackageReference", "PackageVersion"):
        for element in root.each("ItemGroup", word):
            package = element.attributes.get("Include") or element.attributes.get("Update") or ""
            wanted = element.attributes.get("Version") or element.value("Version")
            says = f"package {package} {wanted}".rstrip()
            yield Hint("nuget", package.lower(), element.line, says, "likely", "production")


def _frameworks(element: Element) -> Iterator[Hint]:
    for target in element.text.split(";"):
        if match := _FRAMEWORK.match(target.strip()):
            says = f"{element.name} is {target.strip()}"
            # .NET Standard is what a library promises, no version that runs.
            version = None if "standard" in target else match[1]
            yield Hint("asdf", "dotnet", element.line, says, "certain", None, version)


def _global_json(file: File) -> Iterator[Hint]:
    version = read_json(file.text).get("sdk", "version")
    if version.text:
        says = f"sdk.version is {version.text}"
        yield Hint("asdf", "dotnet", version.line, says, "certain", "development", version.text)


READERS = (
    Reader(("*.csproj", "*.fsproj", "*.vbproj", "Directory.Packages.props"), _project),
    Reader(("global.json",), _global_json),
)
