"""From devbox.yml, tools and lock to a plan: the layers of a build, each with its key."""
