"""Rebuilding by the clock: timers, cron lines and CI workflows, and whether a rebuild is needed."""

from devbox.schedule.freshness import Upgrade, newer_packages
from devbox.schedule.job import File, Job, make_job

__all__ = ["File", "Job", "Upgrade", "make_job", "newer_packages"]
