"""Java and its kin: pom.xml, Gradle's scripts and version catalogs, wrappers, .java-version.

pom.xml: https://maven.apache.org/pom.html; version catalogs:
https://docs.gradle.org/current/userguide/version_catalogs.html. Gradle's scripts are programs:
only plain lines count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from devbox.detect.formats.toml_nodes import read_toml
from devbox.detect.formats.xml_nodes import Element, read_xml
from devbox.detect.hints import File, Hint, Reader
from devbox.spec.model import Part

_PROPERTY = re.compile(r"\$\{([\w.\-]{1,80})\}")
_VERSION_PROPERTIES = (
    "maven.compiler.release",
    "java.version",
    "maven.compiler.target",
    "maven.compiler.source",
    "jdk.version",
)
_LANGUAGE = re.compile(
    r"""(?:JavaLanguageVersion\.of|jvmToolchain)\s*\(\s*["']?(\d+)|"""
    r"""\b(?:source|target)Compatibility\s*=?\s*\(?\s*(?:JavaVersion\.VERSION_)?["']?(\d+(?:[._]\d+)?)|"""
    r"""\boptions\.release(?:\.set\(|\s*=)\s*(\d+)"""
)
_DEPENDENCY = re.compile(
    r"""^\s*["']?(\w{3,40})["']?\s*[( ]\s*(?:platform\()?["']"""
    r"""([\w.\-]{1,100}):([\w.\-]{1,100})(?::([^"'\s]{1,60}))?["']"""
)
_NAMED = re.compile(
    r"""^\s*(\w{3,40})\s*\(?\s*group\s*[:=]\s*["']([\w.\-]{1,100})["']\s*,\s*name\s*[:=]\s*["']([\w.\-]{1,100})["']"""
)
_CONFIGURATIONS = re.compile(
    r"(?:implementation|api|compile|runtime|compileOnly|runtimeOnly|annotationProcessor|kapt|ksp|developmentOnly)$|(?:test|androidTest|integrationTest)\w*$|\w+(?:Implementation|Only)$"
)
_DISTRIBUTION = re.compile(r"distributionUrl\s*=.*?(gradle|apache-maven)-(\d+(?:\.\d+)*)")


def _pom(file: File) -> Iterator[Hint]:
    root = read_xml(file.text)
    yield Hint("asdf", "java", 0, "a project of Maven", "certain")
    yield Hint("asdf", "maven", 0, "a project of Maven", "certain", "development")
    properties = {child.name: child.text.strip() for child in root.get("properties").children}
    yield from _pom_version(root, properties)
    yield from _pom_node(root, properties)
    lists = [*root.each("dependencies", "dependency")]
    lists += root.each("dependencyManagement", "dependencies", "dependency")
    lists += root.each("profiles", "profile", "dependencies", "dependency")
    for element in lists:
        scope = element.value("scope")
        for_tests = scope == "test" or element.value("groupId") == "org.testcontainers"
        part: Part = "development" if for_tests else "production"
        name = f"{element.value('groupId')}:{element.value('artifactId')}"
        says = f"dependency {name}" + (f" for {scope}" if scope else "")
        line = element.get("artifactId").line or element.line
        yield Hint("maven", name, line, says, "likely", part)
    parent = root.get("parent")
    if parent.line:
        name = f"{parent.value('groupId')}:{parent.value('artifactId')}"
        yield Hint("maven", name, parent.line, f"its parent is {name}", "likely", "production")


def _pom_version(root: Element, properties: dict[str, str]) -> Iterator[Hint]:
    for name in _VERSION_PROPERTIES:
        element = root.get("properties", name)
        version = _resolve(element.text.strip(), properties)
        if version:
            says = f"{name} is {version}"
            yield Hint("asdf", "java", element.line, says, "certain", None, java_version(version))
            return
    for plugin in root.each("build", "plugins", "plugin"):
        if plugin.value("artifactId") == "maven-compiler-plugin":
            for name in ("release", "target", "source"):
                element = plugin.get("configuration", name)
                version = _resolve(element.text.strip(), properties)
                if version:
                    says = f"the compiler's {name} is {version}"
                    wanted = java_version(version)
                    yield Hint("asdf", "java", element.line, says, "certain", None, wanted)
                    return


def _pom_node(root: Element, properties: dict[str, str]) -> Iterator[Hint]:
    """Yield the Node.js that a plugin fetches: https://github.com/eirslett/frontend-maven-plugin."""
    for plugin in root.each("build", "plugins", "plugin"):
        if plugin.value("artifactId") == "frontend-maven-plugin":
            places = [plugin.get("configuration")]
            places += plugin.each("executions", "execution", "configuration")
            for element in (place.get("nodeVersion") for place in places):
                match = _PROPERTY.fullmatch(element.text.strip())
                version = properties.get(match[1], "") if match else element.text.strip()
                version = version.removeprefix("v")
                if version[:1].isdigit():
                    says = f"nodeVersion is {version}"
                    yield Hint(
                        "asdf", "nodejs", element.line, says, "certain", "development", version
                    )


def _resolve(text: str, properties: dict[str, str]) -> str:
    match = _PROPERTY.fullmatch(text)
    text = properties.get(match[1], "") if match else text
    return text if re.match(r"\d", text) else ""


def java_version(text: str) -> str | None:
    """Return a version of Java as people say it: 8 of 1.8, 21.0.2 of ``21.0.2-tem``."""
    match = re.search(r"\d+(?:[._]\d+)*", text)
    if match is None:
        return None
    version = match[0].replace("_", ".")
    return version.removeprefix("1.") if version.startswith("1.") else version


def _gradle(file: File) -> Iterator[Hint]:
    if file.name.startswith("build"):
        yield Hint("asdf", "java", 0, "a project of Gradle", "certain")
    yield Hint("asdf", "gradle", 0, "a project of Gradle", "certain", "development")
    for number, line in file.lines():
        text = line[:1000].partition("//")[0] if "://" not in line else line[:1000]
        if match := _LANGUAGE.search(text):
            version = java_version(next(filter(None, match.groups())))
            says = f"the language version of Java is {version}"
            yield Hint("asdf", "java", number, says, "certain", None, version)
        for match in filter(None, (_DEPENDENCY.match(text), _NAMED.match(text))):
            configuration, group, artifact = match[1], match[2], match[3]
            if _CONFIGURATIONS.match(configuration):
                for_tests = _for_development(configuration) or group == "org.testcontainers"
                part: Part = "development" if for_tests else "production"
                name = f"{group}:{artifact}"
                says = f"{configuration} {name}"
                yield Hint("maven", name, number, says, "likely", part)


def _for_development(configuration: str) -> bool:
    return "test" in configuration.lower() or configuration == "developmentOnly"


def _catalog(file: File) -> Iterator[Hint]:
    """A version catalog: what scripts call ``libs.postgresql``."""
    for alias, value in read_toml(file.text).get("libraries").items():
        module = value.text or value.get("module").text
        if not module and value.get("name"):
            module = f"{value.get('group').text}:{value.get('name').text}"
        name = ":".join(module.split(":")[:2])
        part: Part = "development" if "test" in alias else "production"
        if ":" in name:
            yield Hint("maven", name, value.line, f"{alias} is {name}", "likely", part)


def _wrapper(file: File) -> Iterator[Hint]:
    for number, line in file.lines():
        if match := _DISTRIBUTION.search(line[:500]):
            name = "gradle" if match[1] == "gradle" else "maven"
            says = f"the wrapper fetches {name} {match[2]}"
            yield Hint("asdf", name, number, says, "certain", "development", match[2])


READERS = (
    Reader(("pom.xml",), _pom),
    Reader(("*.gradle", "*.gradle.kts"), _gradle),
    Reader(("libs.versions.toml",), _catalog),
    Reader(("gradle-wrapper.properties", "maven-wrapper.properties"), _wrapper),
)
