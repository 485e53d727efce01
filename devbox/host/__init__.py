"""The machine that devbox runs on: processes, paths, locks, accelerator, what is installed."""
