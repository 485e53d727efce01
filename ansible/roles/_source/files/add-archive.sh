# Add a package archive to apt's: its key, if that has the fingerprint that is pinned, and the file
# that names it. What is there already stays; where something fails nothing is left behind.
# Prints "added" if it has changed anything.
#
# NAME: of the files   TEXT: the content of the .sources file
# KEY: the key's address, empty for a part of Debian's own archive
# FINGERPRINT: of its primary key, in capitals without blanks
set -eu
umask 022
key=/etc/apt/keyrings/$NAME.asc
sources=/etc/apt/sources.list.d/$NAME.sources

# Only this archive's index: those of the others are as old as the build began.
update() {
    apt-get --quiet --error-on=any -o "Dir::Etc::SourceList=$sources" -o Dir::Etc::SourceParts=- \
        -o APT::Get::List-Cleanup=0 update >&2
}

# The indexes of one part of a build are gone in the next.
has_indexes() {
    files=$(apt-get indextargets --format '$(FILENAME)' \
        'Created-By: Packages' "Sourcesentry: $sources:1")
    [ -n "$files" ] || return 1
    for file in $files; do
        [ -e "$file" ] || return 1
    done
}

if { [ -z "$KEY" ] || [ -s "$key" ]; } && [ "$(cat "$sources" 2>/dev/null)" = "$TEXT" ]; then
    has_indexes || update
    exit 0
fi

if [ -z "$KEY" ]; then
    printf '%s\n' "$TEXT" >"$sources"
    if ! update; then
        rm -f "$sources"
        exit 1
    fi
    echo added
    exit 0
fi

scratch=$(mktemp -d)
# apt fetches as a user of its own.
chmod 0711 "$scratch"
install -d -m 0755 "$scratch/fetched"
trap 'rm -rf "$scratch"' EXIT
chown _apt "$scratch/fetched" 2>/dev/null || :
if ! said=$(/usr/lib/apt/apt-helper download-file "$KEY" "$scratch/fetched/key" 2>&1); then
    printf 'the key %s could not be fetched:\n%s\n' "$KEY" "$said" >&2
    exit 1
fi

export GNUPGHOME="$scratch/gnupg"
install -d -m 0700 "$GNUPGHOME"
gpg --batch --quiet --no-autostart --import "$scratch/fetched/key" 2>"$scratch/said" || :
found=$(gpg --batch --no-autostart --with-colons --list-keys |
    awk -F: '$1 == "pub" { primary = 1 } $1 == "fpr" && primary { print $10; primary = 0 }')
if ! printf '%s\n' "$found" | grep --quiet --line-regexp --fixed-strings "$FINGERPRINT"; then
    printf 'the key %s is not the one that is pinned:\n' "$KEY" >&2
    printf '  pinned %s\n  found  %s\n' "$FINGERPRINT" "${found:-no key}" >&2
    cat "$scratch/said" >&2
    exit 1
fi

# That key alone, whatever else the file holds.
install -d -m 0755 /etc/apt/keyrings
gpg --batch --no-autostart --armor --export "$FINGERPRINT" >"$key"
printf '%s\n' "$TEXT" >"$sources"
if ! update; then
    rm -f "$key" "$sources"
    exit 1
fi
echo added
