"""devbox.yml: its model, its loading with errors that name line and column, its JSON Schema."""
