"""Debian packages that well-known packages of other ecosystems need.

Only what a plain installation on Debian lacks is here: most wheels, and many gems and npm packages,
bring their libraries along (Pillow, lxml, psycopg2-binary, cryptography, nokogiri, sharp, bcrypt).
Each line is taken from the installation instructions of the package that it names. The names of
Debian's packages are those of bookworm; trixie has them too, or provides them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Needs:
    """What a package needs.

    Attributes:
        run: to run.
        build: to be built, where there is no ready-made one.
    """

    run: tuple[str, ...] = ()
    build: tuple[str, ...] = ()


def _needs(run: str = "", build: str = "") -> Needs:
    return Needs(tuple(run.split()), tuple(build.split()))


_PQ = _needs("libpq5", "libpq-dev")
_MYSQL = _needs("libmariadb3", "default-libmysqlclient-dev pkg-config")
_VIPS = _needs("libvips42", "libvips-dev")
_PANGO = _needs("libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0")

NEEDS: Mapping[str, Mapping[str, Needs]] = {
    "pypi": {
        "psycopg2": _PQ,
        "psycopg[c]": _PQ,
        "aiopg": _PQ,
        "pygresql": _PQ,
        "mysqlclient": _MYSQL,
        "python-ldap": _needs("", "libldap-dev libsasl2-dev"),
        "django-auth-ldap": _needs("", "libldap-dev libsasl2-dev"),
        "xmlsec": _needs("libxmlsec1-openssl", "libxmlsec1-dev pkg-config"),
        "python3-saml": _needs("libxmlsec1-openssl", "libxmlsec1-dev pkg-config"),
        "pysaml2": _needs("xmlsec1"),
        "weasyprint": _PANGO,
        "django-weasyprint": _PANGO,
        "cairosvg": _needs("libcairo2"),
        "pycairo": _needs("libcairo2", "libcairo2-dev pkg-config"),
        "pygraphviz": _needs("graphviz", "libgraphviz-dev pkg-config"),
        "graphviz": _needs("graphviz"),
        "python-magic": _needs("libmagic1"),
        "pyodbc": _needs("unixodbc"),
        "django-mssql-backend": _needs("unixodbc"),
        "pycurl": _needs("libcurl4", "libcurl4-openssl-dev libssl-dev"),
        "gdal": _needs("gdal-bin", "libgdal-dev"),
        "pdf2image": _needs("poppler-utils"),
        "pytesseract": _needs("tesseract-ocr"),
        "ocrmypdf": _needs("tesseract-ocr ghostscript"),
        "ffmpeg-python": _needs("ffmpeg"),
        "pydub": _needs("ffmpeg"),
        "opencv-python": _needs("libgl1"),
        "wand": _needs("imagemagick", "libmagickwand-dev"),
        "pyzbar": _needs("libzbar0"),
        "pyenchant": _needs("libenchant-2-2"),
        "pylibmc": _needs("libmemcached11", "libmemcached-dev zlib1g-dev"),
        "pyaudio": _needs("libportaudio2", "portaudio19-dev"),
        "m2crypto": _needs("", "swig libssl-dev"),
        "rrdtool": _needs("librrd8", "librrd-dev"),
        "python-snappy": _needs("libsnappy1v5", "libsnappy-dev"),
        "pygobject": _needs("", "libcairo2-dev pkg-config"),
    },
    "gems": {
        "pg": _PQ,
        "mysql2": _MYSQL,
        "rmagick": _needs("imagemagick", "libmagickwand-dev"),
        "mini_magick": _needs("imagemagick"),
        "ruby-vips": _VIPS,
        "image_processing": _VIPS,
        "curb": _needs("libcurl4", "libcurl4-openssl-dev"),
        "typhoeus": _needs("libcurl4"),
        "ethon": _needs("libcurl4"),
        "charlock_holmes": _needs("", "libicu-dev"),
        "psych": _needs("", "libyaml-dev"),
        "rugged": _needs("", "cmake libssl-dev"),
        "idn-ruby": _needs("libidn12", "libidn-dev"),
        "ruby-filemagic": _needs("libmagic1", "libmagic-dev"),
        "tiny_tds": _needs("libsybdb5", "freetds-dev"),
        "streamio-ffmpeg": _needs("ffmpeg"),
        "graphviz": _needs("graphviz"),
        "ruby-graphviz": _needs("graphviz"),
        "rtesseract": _needs("tesseract-ocr"),
        "poppler": _needs("", "libpoppler-glib-dev"),
    },
    "npm": {
        "pg-native": _PQ,
        "libpq": _PQ,
        "gm": _needs("graphicsmagick"),
        "imagemagick": _needs("imagemagick"),
        "fluent-ffmpeg": _needs("ffmpeg"),
        "node-rdkafka": _needs("", "libsasl2-dev libssl-dev"),
        "odbc": _needs("unixodbc", "unixodbc-dev"),
        "keytar": _needs("libsecret-1-0", "libsecret-1-dev"),
        "usb": _needs("", "libudev-dev"),
        "node-poppler": _needs("poppler-utils"),
    },
    "crates": {
        "openssl": _needs("libssl3", "libssl-dev pkg-config"),
        "openssl-sys": _needs("libssl3", "libssl-dev pkg-config"),
        "native-tls": _needs("libssl3", "libssl-dev pkg-config"),
        "pq-sys": _PQ,
        "diesel[postgres]": _PQ,
        "diesel[mysql]": _MYSQL,
        "diesel[sqlite]": _needs("libsqlite3-0", "libsqlite3-dev"),
        "rdkafka": _needs("", "cmake"),
        "git2": _needs("", "cmake libssl-dev pkg-config"),
        "gtk4": _needs("libgtk-4-1", "libgtk-4-dev"),
        "alsa": _needs("libasound2", "libasound2-dev"),
        "libudev": _needs("libudev1", "libudev-dev"),
    },
    "go": {
        "github.com/davidbyttow/govips": _VIPS,
        "github.com/h2non/bimg": _VIPS,
        "gopkg.in/gographics/imagick.v3": _needs("imagemagick", "libmagickwand-dev"),
        "github.com/pebbe/zmq4": _needs("libzmq5", "libzmq3-dev"),
        "github.com/google/gopacket": _needs("libpcap0.8", "libpcap-dev"),
    },
    "hex": {
        "vix": _VIPS,
        "mogrify": _needs("imagemagick"),
    },
    "cpan": {
        "dbd::pg": _needs("libdbd-pg-perl"),
        "dbd::mysql": _needs("libdbd-mysql-perl"),
        "dbd::mariadb": _needs("libdbd-mariadb-perl"),
        "xml::libxml": _needs("libxml-libxml-perl"),
        "image::magick": _needs("libimage-magick-perl"),
    },
}
"""By kind, then by the package's name in lower case."""

# Names that other distributions, older releases or containers' documentation have for them.
_RENAMED = {
    "libvips": "libvips42",
    "libxslt-dev": "libxslt1-dev",
    "libjpeg-turbo8-dev": "libjpeg62-turbo-dev",
    "libjpeg8-dev": "libjpeg62-turbo-dev",
    "libmysqlclient-dev": "default-libmysqlclient-dev",
    "libtiff5-dev": "libtiff-dev",
    "libpng12-dev": "libpng-dev",
    "libwebp6": "libwebp7",
    "libffi7": "libffi8",
    "libssl1.1": "libssl3",
    "python-dev": "python3-dev",
    "python-pip": "python3-pip",
    "python-setuptools": "python3-setuptools",
    "python-virtualenv": "python3-virtualenv",
    "netcat": "netcat-openbsd",
    "git-core": "git",
    "ntp": "ntpsec",
}
# What is not in Debian's main archive.
_ELSEWHERE = re.compile(
    r"ttf-mscorefonts-installer|docker-engine|libapache2-mod-php.*|google-chrome-.*|msodbcsql.*"
    r"|mssql-tools.*|openlitespeed.*|linux-(?:headers|image)-.*|python-(?!is-|apt-).*"
)
# Libraries whose names have another number in each release: what needs them brings them along.
_OF_ONE_RELEASE = re.compile(
    r"lib(?:icu|gdal|avcodec|avformat|avutil|swscale|protobuf|qrencode|lept|leptonica)\d+"
    r"|libldap-2\.[45]-0|libpython3\.\d+.*|libboost-.*1\.\d+.*|libre2-\d+|libjpeg(?:-turbo)?8"
)


def debian_name(name: str) -> str | None:
    """Return the name that a package has in every release that devbox builds; None for none.

    trixie's names with ``t64`` for the 64-bit time are provided there under their old names, too:
    https://wiki.debian.org/ReleaseGoals/64bit-time.
    """
    name = _RENAMED.get(name, name)
    name = re.sub(r"^(lib.*\d)t64(?=$|-)", r"\1", name)
    return None if _ELSEWHERE.fullmatch(name) or _OF_ONE_RELEASE.fullmatch(name) else name
