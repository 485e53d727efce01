"""Secrets in the lines of a repo: what is shown of a line shows none of them.

Rather too much is hidden than too little: behind a name that sounds secret, the rest of the line.
"""

from __future__ import annotations

import re

MASK = "***"

# What is looked at; the rest of a longer line is not shown at all.
_LONGEST = 4096

_WORD = (
    r"(?:pass(?:word|wd|phrase)?|pwd|secret|token|auth|credential"
    r"|(?:api|access|account|private|encryption|master|app|signing|license)[_.-]?key)"
    r"(?:s|[_.-][\w.-]{0,40}|[0-9]{1,3})?"
)
# NAME=, "name": and the like; in PHP and Ruby also ["name"] = and name =>.
_ASSIGNED = re.compile(rf"(?i:{_WORD})[\"']?\]?\s{{0,20}}(?:=>|:=|=(?!=)|:)\s{{0,20}}[\"']?")
# ENV NAME value, --name value, "--name", "value"
_SPACED = re.compile(
    rf"(?i:^\s*(?:ENV|ARG)\s+[\w.-]{{0,80}}?{_WORD}|--[\w-]{{0,40}}?{_WORD})[\"',\s]+"
)
_CLIENT = re.compile(r"(?i:\b(?:mysql|mariadb)[a-z]{0,10}\b.{0,200}?\s-p)(?=\S)")
# A reference to a value that stands elsewhere.
_REFERENCE = re.compile(
    r"(?:\$\w+|\$\{\w+\}|\$\{\{[^}]*\}\}|<%=[^%]*%>|true|false|null|~)?[\"']?[\s,;)}\]]*$"
)

# user:password@, up to the word's last @, for a password may hold one; a bare port is none.
_USER = re.compile(r"(://[^/\s:@\"']{0,200}:)(?!\d{1,5}(?:[^\w@]|$))([^\s\"']+)")
# https://TOKEN@host: nobody logs in there by a name alone.
_URL_TOKEN = re.compile(r"(\bhttps?://)[^/\s:@\"']+@")
_PARAMETER = re.compile(rf"([?&;](?i:{_WORD})=)[^\s&;\"']+")

# Tokens that are known by their form.
_TOKENS = re.compile(
    r"\b(?:gh[pousr]_\w{16,}|github_pat_\w{16,}|glpat-[\w-]{10,}|npm_\w{20,}|AKIA[0-9A-Z]{12,}"
    r"|xox[abprs]-[\w-]{8,}|[sr]k_(?:live|test)_\w{8,}|pypi-[\w-]{16,}"
    r"|eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?)|-----BEGIN .*"
)


def mask(line: str) -> str:
    """Return a line of text with secrets replaced by `MASK`: passwords, tokens, keys."""
    line = _USER.sub(_mask_user, line[:_LONGEST])
    line = _URL_TOKEN.sub(rf"\1{MASK}@", line)
    line = _PARAMETER.sub(rf"\1{MASK}", line)
    line = _TOKENS.sub(MASK, line)
    for pattern in (_ASSIGNED, _SPACED, _CLIENT):
        for match in pattern.finditer(line):
            rest = line[match.end() :]
            if not _REFERENCE.match(rest) and not rest.startswith(MASK):
                line = line[: match.end()] + MASK
                break
    return line


def _mask_user(match: re.Match[str]) -> str:
    _, at, host = match[2].rpartition("@")
    return f"{match[1]}{MASK}@{host}" if at else f"{match[1]}{MASK}"
