"""Questions and answers to devbox.yml: one validated way for a person, a file and flags."""
