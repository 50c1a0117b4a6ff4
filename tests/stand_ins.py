"""Programs of the system that tests put in the place of the real ones, where these would need a running systemd."""

SYSTEMCTL = """#!/bin/sh
# Keeps its state in the directory that it lies in; writes down how it was called.
here=$(dirname "$0")
echo "$@" >> "$here/asked"
case "$1" in
show) cat "$here/properties" ;;
start)
    if [ -e "$here/refuses" ]; then echo "Access denied" >&2; exit 4; fi
    cp "$here/after" "$here/properties"
    exit 1 ;;
esac
"""


def systemctl(directory, *, before, after=None):
    """Puts a systemctl into *directory* that answers with these properties, *after* a start with others."""
    path = directory / "systemctl"
    path.write_text(SYSTEMCTL)
    path.chmod(0o755)
    (directory / "properties").write_text(_lines(before))
    if after is None:
        (directory / "refuses").touch()
    else:
        (directory / "after").write_text(_lines(after))
    return directory


def _lines(properties):
    return "".join(f"{key}={value}\n" for key, value in properties.items())
