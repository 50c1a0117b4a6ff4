"""The Debian package in a fresh root: a stub in place of the program, or what `make deb` has built."""

import gzip
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest


PACKAGING = Path(__file__).parents[1] / "packaging" / "deb"
NEEDED = ("dpkg", "dpkg-deb", "systemd-sysusers", "systemd-tmpfiles", "systemctl", "unshare")
PROGRAM_OF = {"/bin/kill": "procps"}
"""Programs of other packages that units start, and whose they are."""

BUILT = os.environ.get("BIPRO_SYNC_DEB")
IN_A_FRESH_ROOT = """
set -e
for place in usr proc dev; do
    mkdir -p "$1/$place"
    mount --rbind "/$place" "$1/$place"
done
for place in bin sbin lib lib64; do
    [ ! -L "/$place" ] || ln -sfn "usr/$place" "$1/$place"
done
root=$1
shift
exec chroot "$root" "$@"
"""


@pytest.fixture(autouse=True)
def _tools():
    if missing := [tool for tool in NEEDED if shutil.which(tool) is None]:
        pytest.skip(f"not installed: {', '.join(missing)}")
    if os.getuid():
        pytest.skip("only root can install packages")


def packaged(place, version):
    """A package of this version with a program that only says it."""
    program = place / version / "program"
    (program / "bin").mkdir(parents=True)
    (program / "bin/bipro-sync").write_text(f"#!/bin/sh\necho {version}\n")
    (program / "bin/bipro-sync").chmod(0o755)
    (program / version).touch()
    share = place / version / "share"
    share.mkdir()
    subprocess.run([PACKAGING / "share", share], check=True)
    words = [PACKAGING / "package", program, version, "all", "python3 (>= 3.11)", place, share]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())


class FreshRoot:
    """An empty root with dpkg's own directories, and the package in it."""

    def __init__(self, place):
        self.path = place
        for directory in ("info", "updates", "triggers"):
            (place / "var/lib/dpkg" / directory).mkdir(parents=True)
        (place / "var/lib/dpkg/status").touch()
        (place / "etc").mkdir()

    def dpkg(self, *words):
        command = ["dpkg", f"--root={self.path}", "--force-script-chrootless", "--force-depends", *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {"LC_ALL": "C"})
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def systemctl(self, *words):
        done = subprocess.run(["systemctl", f"--root={self.path}", *words], capture_output=True, text=True, check=False)
        return done.stdout.strip() or done.stderr

    def mode(self, name):
        """Mode, owner and group of a file; names are those of this root."""
        state = (self.path / name).stat()
        return (
            f"{state.st_mode & 0o7777:04o}",
            self._named("passwd").get(state.st_uid, "root"),
            self._named("group").get(state.st_gid, "root"),
        )

    def _named(self, file):
        lines = [line.split(":") for line in (self.path / "etc" / file).read_text().splitlines()]
        return {int(line[2]): line[0] for line in lines}

    def files(self):
        dpkg, systemds = (
            self.path / "var/lib/dpkg",
            {"etc/passwd", "etc/group", "etc/shadow", "etc/gshadow", "etc/.pwd.lock"},
        )
        found = (path for path in self.path.rglob("*") if not path.is_dir() and not path.is_relative_to(dpkg))
        return {name for path in found if (name := str(path.relative_to(self.path))) not in systemds}


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    return Path(BUILT) if BUILT else packaged(tmp_path_factory.mktemp("package"), "0.1")


@pytest.fixture(scope="module")
def newer(tmp_path_factory):
    return packaged(tmp_path_factory.mktemp("newer"), "9.0")


@pytest.fixture
def root(tmp_path, package):
    fresh = FreshRoot(tmp_path / "root")
    fresh.dpkg("--install", str(package))
    return fresh


def test_it_installs_users_directories_and_modes_and_enables_nothing(root):
    assert root.mode("var/lib/bipro-sync") == ("0700", "bipro-sync", "bipro-sync")
    assert root.mode("var/lib/bipro-sync-sign") == ("0755", "bipro-sync-sign", "bipro-sync-sign")
    assert root.mode("etc/bipro-sync") == ("0755", "root", "root")
    assert root.mode("etc/sudoers.d/bipro-sync") == ("0440", "root", "root")
    assert "bipro-sync-users:" in (root.path / "etc/group").read_text()
    assert not list((root.path / "etc").rglob("*.wants"))
    loose = [path for path in (root.path / "opt").rglob("*") if not path.is_symlink() and path.stat().st_mode & 0o022]
    assert loose == []
    assert root.mode("usr/share/man/man1/bipro-sync.1.gz") == ("0644", "root", "root")


def test_what_its_units_and_pages_name_comes_with_it(root):
    control = root.dpkg("--status", "bipro-sync")
    for unit in (root.path / "usr/lib/systemd/system").glob("bipro-sync*.service"):
        for program in re.findall(r"^Exec\w+=(/\S+)", unit.read_text(), re.MULTILINE):
            needed = PROGRAM_OF.get(program)
            assert f", {needed}," in control if needed else os.path.lexists(root.path / program[1:]), program
    pages = root.path / "usr/share/doc/bipro-sync"
    for link in re.findall(r"\]\((?!http)([^)#]+)", (pages / "systemd/README.md").read_text()):
        assert (pages / "systemd" / link).exists() or "decisions" in link, link
    for example in re.findall(r"`(example\.d/[^`]+)`", (pages / "systemd/README.md").read_text()):
        assert (pages / "systemd" / example).exists(), example


def test_it_brings_the_manual_page_the_shells_completion_and_the_pages(root):
    share = root.path / "usr/share"
    assert gzip.decompress((share / "man/man1/bipro-sync.1.gz").read_bytes()).startswith(b".TH BIPRO")
    for script in (
        *("bash-completion/completions/bipro-sync", "zsh/vendor-completions/_bipro-sync"),
        "fish/vendor_completions.d/bipro-sync.fish",
    ):
        assert "completion words" in (share / script).read_text()
    for page in ("docs/quickstart.md", "docs/insurers/allianz.md"):
        assert (share / "doc/bipro-sync" / page).is_file()


def test_what_is_enabled_is_so_until_the_package_goes(root, newer):
    units = ("bipro-sync.service", "bipro-sync-pull@alpha.timer", "bipro-sync-checkpoint.timer")
    root.systemctl("enable", *units)
    assert root.systemctl("is-enabled", *units).split() == ["enabled"] * 3
    root.dpkg("--install", str(newer))
    assert root.systemctl("is-enabled", *units).split() == ["enabled"] * 3
    root.dpkg("--remove", "bipro-sync")
    assert [path for path in (root.path / "etc/systemd").rglob("*") if not path.is_dir()] == []


def test_an_upgrade_leaves_nothing_of_the_old_program_and_keeps_what_is_the_administrator_s(root, newer):
    for name in ("etc/bipro-sync/config.toml", "var/lib/bipro-sync/letter"):
        (root.path / name).write_text("kept")
    sudoers = root.path / "etc/sudoers.d/bipro-sync"
    sudoers.write_text("# nobody\n")
    root.dpkg("--install", str(newer))
    assert {path.name for path in (root.path / "opt/bipro-sync").iterdir()} == {"bin", "9.0"}
    assert (root.path / "usr/bin/bipro-sync").readlink() == Path("../../opt/bipro-sync/bin/bipro-sync")
    assert root.mode("etc/bipro-sync/config.toml") == ("0640", "root", "bipro-sync")
    assert sudoers.read_text() == "# nobody\n"
    assert (root.path / "var/lib/bipro-sync/letter").read_text() == "kept"


def test_when_it_goes_the_archive_and_the_configuration_stay(root):
    kept = {"etc/bipro-sync/config.toml", "var/lib/bipro-sync/letter"}
    for name in kept:
        (root.path / name).write_text("kept")
    root.dpkg("--remove", "bipro-sync")
    assert root.files() == kept | {"etc/sudoers.d/bipro-sync"}
    assert "are left as they are" in root.dpkg("--purge", "bipro-sync")
    assert root.files() == kept


@pytest.mark.skipif(not BUILT, reason="the program itself is built and tried by `make deb`")
def test_the_installed_program_runs_for_an_ordinary_user_from_where_it_lies(root):
    (root.path / "tmp").mkdir(mode=0o1777)
    (root.path / "tmp").chmod(0o1777)
    inside = ["unshare", "--mount", "sh", "-c", IN_A_FRESH_ROOT, "sh", str(root.path)]
    user = ["setpriv", "--reuid=4242", "--regid=4242", "--clear-groups", "env", "-i", "PATH=/usr/bin", "HOME=/nowhere"]
    for words in (["--version"], ["--help"], ["demo", "/tmp/demo"]):
        done = subprocess.run(
            [*inside, *user, "/opt/bipro-sync/bin/bipro-sync", *words], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    assert (root.path / "tmp/demo").is_dir()
