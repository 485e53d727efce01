# Make an image and run containers from it, in a store of its own that is gone afterwards.
# $1: whose unit this is, to tell what network can be had   $2: whether podman-compose is wanted
set -eu
export HOME=/tmp XDG_RUNTIME_DIR=/tmp/run XDG_CONFIG_HOME=/tmp/config XDG_DATA_HOME=/tmp/data
mkdir -m 0700 /tmp/run /tmp/config /tmp/data /tmp/root
cd /tmp
# What works in every machine that checks run in: vfs on each file system, containers without
# control groups where those cannot be made.
mkdir config/containers
cat >config/containers/storage.conf <<END
[storage]
driver = "vfs"
graphroot = "/tmp/store"
runroot = "/tmp/run/store"
END
cat >config/containers/containers.conf <<END
[containers]
cgroups = "disabled"
[network]
network_backend = "netavark"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
END
export CONTAINERS_CONF=/tmp/config/containers/containers.conf
export CONTAINERS_STORAGE_CONF=/tmp/config/containers/storage.conf
cp -L --parents /bin/cat $(ldd /bin/cat | grep -o '/[^ ]*') root
echo 'the answer is 42' >root/file
tar -C root -c . | podman import --quiet - localhost/devbox-verify:1
network=none
[ "$1" != root ] || network=bridge
test "$(podman run --rm --network "$network" localhost/devbox-verify:1 /bin/cat /file)" = \
    'the answer is 42'
if [ "$2" = yes ]; then
    printf 'services:\n  one:\n    image: localhost/devbox-verify:1\n    command: /bin/cat /file\n' \
        >compose.yml
    podman-compose -f compose.yml run --rm one 2>&1 | grep --quiet 'the answer is 42'
fi
