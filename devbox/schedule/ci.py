"""Workflow files for CI: GitHub Actions and GitLab CI, which run ``devbox rebuild``.

Where a user's text stands in them it is a JSON string, which YAML reads as a string, too.
"""

from __future__ import annotations

import json
import shlex

from devbox.host.doctor import packages
from devbox.schedule.job import File, Job

GITHUB_FILE = ".github/workflows/devbox.yml"
GITLAB_FILE = "devbox.gitlab-ci.yml"

# What a build needs from Debian; devbox itself comes from PyPI.
PACKAGES = tuple(
    sorted({*packages.TO_BUILD, "ca-certificates", "git", "python3", "python3-venv", "rsync"})
)
_INSTALL = (
    "apt-get update",
    f"apt-get install --yes --no-install-recommends {' '.join(PACKAGES)}",
    "python3 -m venv /opt/devbox",
    '/opt/devbox/bin/pip install "$DEVBOX_FROM"',
)


def render_github(job: Job) -> File:
    """Return the GitHub Actions workflow.

    Its format: https://docs.github.com/actions/reference/workflow-syntax-for-github-actions
    """
    install = "\n".join(f"          {line}" for line in _INSTALL)
    text = f"""\
# Rebuilds the box {job.name} {job.words} UTC.
# GitHub reads the time as UTC, whatever your team's local time is, and may start some minutes late.
#
# To adapt:
#   DEVBOX_FROM   where devbox is installed from: a name on PyPI, or git+https://...
#   CATALOG       where the catalog is kept between runs. The runner's disk is thrown away, so the
#                 catalog is fetched before the rebuild and put back after it, here with rsync over
#                 SSH. publish.to in devbox.yml must be ./boxes, publish.url the address where
#                 your team reads it. The secret CATALOG_SSH_KEY holds the private key.
#   CATALOG_HOST  that server's line of known_hosts, from `ssh-keyscan HOST` checked by you.
name: devbox
on:
  schedule:
    - cron: {json.dumps(job.cron_fields)}
  workflow_dispatch:
concurrency: {{group: devbox, cancel-in-progress: false}}
permissions: {{contents: read}}
jobs:
  rebuild:
    runs-on: ubuntu-latest
    timeout-minutes: 180
    container:
      image: debian:bookworm
      # QEMU needs KVM, or the build takes many times as long.
      options: --privileged --device /dev/kvm
    env:
      DEBIAN_FRONTEND: noninteractive
      DEVBOX_FROM: devbox-image
      DEVBOX_CACHE_DIR: /var/cache/devbox
      CATALOG: boxes@boxes.example.com:/srv/boxes/
      CATALOG_HOST: boxes.example.com ssh-ed25519 AAAA...
      RSYNC_RSH: ssh -i /root/.ssh/catalog -o UserKnownHostsFile=/root/.ssh/catalog_hosts
    defaults:
      run:
        shell: bash
        working-directory: {_github(str(job.folder))}
    steps:
      - name: Install what a build needs
        working-directory: /
        run: |
{install}
      - uses: actions/checkout@v4
      # What was built before lets the rebuild end at once when nothing has changed.
      - uses: actions/cache@v4
        with:
          path: |
            /var/cache/devbox
            {_github(str(job.folder / ".devbox"), quote=False)}
          key: devbox-${{{{ github.run_id }}}}
          restore-keys: devbox-
      - name: Fetch the catalog
        env:
          CATALOG_SSH_KEY: ${{{{ secrets.CATALOG_SSH_KEY }}}}
        run: |
          install -d -m 700 /root/.ssh
          (umask 077; printf '%s\\n' "$CATALOG_SSH_KEY" > /root/.ssh/catalog)
          printf '%s\\n' "$CATALOG_HOST" > /root/.ssh/catalog_hosts
          rsync -a "$CATALOG" boxes/
      - name: Rebuild
        run: /opt/devbox/bin/devbox rebuild --plain
      - name: Put the catalog back
        run: |
          # The boxes first, then the metadata that offers them.
          rsync -a --exclude '/*/*/*.json' boxes/ "$CATALOG"
          rsync -a boxes/ "$CATALOG"
"""
    return File(GITHUB_FILE, text)


def render_gitlab(job: Job) -> File:
    """Return the GitLab CI job.

    Its format: https://docs.gitlab.com/ci/yaml/
    """
    install = "\n".join(f"    - {json.dumps(line)}" for line in _INSTALL)
    folder = f"cd -- {shlex.quote(str(job.folder))}"
    cached = json.dumps(str(job.folder / ".devbox"), ensure_ascii=False)
    text = f"""\
# Rebuilds the box {job.name} {job.words}.
# GitLab keeps schedules in the project, not in this file; make one (Build > Pipeline schedules):
#     interval pattern  {job.cron_fields}
#     cron timezone     your team's: GitLab asks for it, so the time above is local time there
# To use this file, add to .gitlab-ci.yml:
#     include: {{local: {GITLAB_FILE}}}
#
# To adapt:
#   DEVBOX_FROM   where devbox is installed from: a name on PyPI, or git+https://...
#   CATALOG       where the catalog is kept between runs. The runner's disk is thrown away, so the
#                 catalog is fetched before the rebuild and put back after it, here with rsync over
#                 SSH. publish.to in devbox.yml must be ./boxes, publish.url the address where
#                 your team reads it. CATALOG_SSH_KEY and CATALOG_HOSTS are variables of type
#                 "File" in the project's settings: the private key, and its known_hosts.
#   tags          a runner with /dev/kvm and privileged containers; without KVM it is very slow.
devbox:
  image: debian:bookworm
  tags: [kvm]
  timeout: 3 hours
  resource_group: devbox
  rules:
    - if: $CI_PIPELINE_SOURCE == "schedule"
    - if: $CI_PIPELINE_SOURCE == "web"
  variables:
    DEBIAN_FRONTEND: noninteractive
    DEVBOX_FROM: devbox-image
    DEVBOX_CACHE_DIR: $CI_PROJECT_DIR/.devbox-cache
    CATALOG: boxes@boxes.example.com:/srv/boxes/
  # What was built before lets the rebuild end at once when nothing has changed.
  cache:
    key: devbox
    paths:
      - .devbox-cache
      - {cached}
  before_script:
{install}
  script:
    - {json.dumps(folder, ensure_ascii=False)}
    - chmod 600 "$CATALOG_SSH_KEY"
    - export RSYNC_RSH="ssh -i $CATALOG_SSH_KEY -o UserKnownHostsFile=$CATALOG_HOSTS"
    - rsync -a "$CATALOG" boxes/
    - /opt/devbox/bin/devbox rebuild --plain
    # The boxes first, then the metadata that offers them.
    - rsync -a --exclude '/*/*/*.json' boxes/ "$CATALOG"
    - rsync -a boxes/ "$CATALOG"
"""
    return File(GITLAB_FILE, text)


def _github(text: str, *, quote: bool = True) -> str:
    """Write text where GitHub looks for expressions: ``${{`` is made by an expression itself."""
    escaped = text.replace("${{", "${{ '${{' }}")
    return json.dumps(escaped, ensure_ascii=False) if quote else escaped
