import json
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from pysqlite3 import dbapi2

from bipro_sync.catalog import Catalogue, Ledger, Queries
from bipro_sync.catalog.schema import VERSION
from bipro_sync.errors import BiproSyncError, CatalogueDamagedError, CatalogueMissingError, StorageError
from bipro_sync.model.states import ShipmentState


CONFTEST = Path(__file__).with_name("conftest.py")

PRACTICE = """
import os, runpy, sys
from pathlib import Path
practice = runpy.run_path(sys.argv[1])
path = Path(sys.argv[2])
S, Catalogue, Ledger, NOW = (practice[name] for name in ("S", "Catalogue", "Ledger", "NOW"))
"""


def python(script, *arguments):
    return subprocess.run(
        [sys.executable, "-c", PRACTICE + script, CONFTEST, *arguments], capture_output=True, text=True, check=False
    )


def test_the_library_has_the_mended_write_ahead_log():
    assert dbapi2.sqlite_version_info >= (3, 51, 3)


def test_a_new_catalogue_is_the_owners_alone_and_so_are_its_side_files(path, catalogue, ledger, shipment):
    shipment()
    assert {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {
        "catalog.db": 0o600,
        "catalog.db-wal": 0o600,
        "catalog.db-shm": 0o600,
    }


def test_every_connection_commits_to_the_device(catalogue):
    with catalogue.write() as first, catalogue.read() as second:
        for connection in (first, second):
            assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
            assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2
            assert connection.execute("PRAGMA user_version").fetchone()[0] == VERSION


def test_what_was_committed_is_there_when_it_is_opened_again(path, catalogue, shipment):
    shipment(state=ShipmentState.STORED)
    catalogue.close()
    assert not path.with_name("catalog.db-wal").exists()
    for exist in (True, False):
        again = Catalogue.open(path, shipments_exist=exist)
        assert [entry.state for entry in Queries(again).find("4711")] == [ShipmentState.STORED]
        again.close()


def test_an_error_inside_a_transaction_takes_everything_back(catalogue, queries, shipment):
    def _half():
        with catalogue.write() as connection:
            connection.execute("UPDATE shipments SET state = 'held'")
            raise KeyError

    shipment()
    with pytest.raises(KeyError):
        _half()
    assert [entry.state for entry in queries.shipments()] == [ShipmentState.LISTED]


@pytest.mark.parametrize("empty", [False, True])
def test_a_lost_catalogue_is_not_begun_anew_where_shipments_are_stored(path, empty):
    if empty:
        path.touch()
    with pytest.raises(CatalogueMissingError) as caught:
        Catalogue.open(path, shipments_exist=True)
    assert caught.value.exit_code == 14
    assert path.exists() is empty
    assert not empty or path.read_bytes() == b""


def test_an_empty_file_is_no_catalogue_because_a_new_one_appears_whole(path):
    path.touch()
    with pytest.raises(CatalogueMissingError):
        Catalogue.open(path, shipments_exist=False)
    assert path.read_bytes() == b""


def test_a_catalogue_just_begun_is_alone_in_its_directory(path, catalogue):
    catalogue.close()
    assert [file.name for file in path.parent.iterdir()] == ["catalog.db"]
    assert path.stat().st_nlink == 1


@pytest.mark.parametrize(
    "content",
    [
        b"x",
        b"x" * 511,
        b"not a database, but long enough to be one" * 200,
        b"SQLite format 3\0" + bytes(4080),
        b"\0" * 8192,
    ],
    ids=["one byte", "few bytes", "text", "header only", "zeros"],
)
def test_garbage_is_refused_and_left_as_it_is_where_shipments_are_stored(path, content):
    path.write_bytes(content)
    with pytest.raises(StorageError) as caught:
        Catalogue.open(path, shipments_exist=True)
    assert caught.value.exit_code == 14
    assert path.read_bytes() == content


def test_another_file_in_its_place_is_never_begun_over(path):
    content = b"not a database, but long enough to be one" * 200
    path.write_bytes(content)
    with pytest.raises(CatalogueDamagedError):
        Catalogue.open(path, shipments_exist=False)
    assert path.read_bytes() == content


@pytest.mark.parametrize("part", [0.001, 0.1, 0.3, 0.5, 0.9])
def test_a_truncated_catalogue_is_refused_and_left_as_it_is(path, catalogue, shipment, part):
    for number in range(20):
        shipment(str(number), ShipmentState.STORED)
    catalogue.close()
    whole = path.read_bytes()
    cut = whole[: int(len(whole) * part)]
    path.write_bytes(cut)
    with pytest.raises((CatalogueDamagedError, CatalogueMissingError)):
        Catalogue.open(path, shipments_exist=True)
    assert path.read_bytes() == cut


def test_damage_inside_is_said_to_be_damage(path, catalogue, shipment):
    for number in range(100):
        shipment(str(number))
    catalogue.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    with pytest.raises(CatalogueDamagedError):
        Queries(Catalogue.open(path, shipments_exist=True)).shipments()


@pytest.mark.parametrize("version", [0, VERSION + 1, -1])
def test_a_version_that_nobody_knows_is_refused(path, catalogue, version):
    with catalogue.write() as connection:
        connection.execute(f"PRAGMA user_version = {version}")
    catalogue.close()
    before = path.read_bytes()
    with pytest.raises(CatalogueDamagedError, match=f"has version {version}"):
        Catalogue.open(path, shipments_exist=True)
    assert path.read_bytes() == before


def test_a_directory_in_the_catalogues_place_is_a_storage_error(path):
    path.mkdir()
    with pytest.raises(StorageError):
        Catalogue.open(path, shipments_exist=True)


FORBIDDEN = """
locked = path.parent
locked.chmod(0o555)
if os.getuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
from bipro_sync.errors import StorageError
for place in (path, locked / "new.db"):
    try:
        Catalogue.open(place, shipments_exist=place is path)
    except StorageError as error:
        print(str(place) in error.message, error.exit_code)
"""


def test_a_catalogue_that_may_not_be_opened_or_made_is_a_storage_error(tmp_path, path, catalogue):
    if catalogue:
        catalogue.close()
    child = python(FORBIDDEN, path)
    tmp_path.chmod(0o700)
    assert child.returncode == 0, child.stderr
    assert child.stdout == "True 14\n" * 2


def test_what_goes_wrong_in_sqlite_names_no_customer_in_any_of_its_errors(path, catalogue, ledger, practice):
    ledger.note_listed("muster", "muster", practice["listed"]("4711"), practice["NOW"])
    entry = ledger.entries("muster", ["4711"])["4711"]
    entry = ledger.move(entry, ShipmentState.FETCHING, practice["NOW"])
    with catalogue.write() as connection:
        connection.execute("CREATE TRIGGER broken BEFORE INSERT ON files BEGIN SELECT RAISE(ABORT, 'broken'); END")
    with pytest.raises(StorageError, match="broken") as caught:
        ledger.move(
            entry, ShipmentState.STORED, practice["NOW"], stored=practice["rows"]("Erika.pdf", values=["Erika"])
        )
    error = caught.value
    while error:
        assert "Erika" not in str(error)
        error = error.__cause__


def test_readers_see_the_last_committed_state_while_a_writer_works(catalogue, queries, shipment, path):
    shipment()
    answers = []

    def _read():
        answers.append([entry.state for entry in queries.shipments()])
        another = Catalogue.open(path, shipments_exist=True)
        answers.append([entry.state for entry in Queries(another).shipments()])
        another.close()

    with catalogue.write() as connection:
        connection.execute("UPDATE shipments SET state = 'held'")
        reader = threading.Thread(target=_read, daemon=True)
        reader.start()
        reader.join(timeout=10)
        assert answers == [[ShipmentState.LISTED]] * 2
    _read()
    assert answers[2:] == [[ShipmentState.HELD]] * 2


def test_a_reader_keeps_its_state_while_others_write(catalogue, shipment):
    shipment("1")
    with catalogue.read() as connection:
        count = "SELECT count(*) FROM shipments"
        assert connection.execute(count).fetchone()[0] == 1
        shipment("2")
        assert connection.execute(count).fetchone()[0] == 1
    with catalogue.read() as connection:
        assert connection.execute(count).fetchone()[0] == 2


AT_ONCE = """
print("ready", flush=True)
sys.stdin.readline()
catalogue = Catalogue.open(path, shipments_exist=False)
Ledger(catalogue, run="run").note_listed("muster", "muster", practice["listed"](sys.argv[3]), NOW)
"""


def test_processes_that_begin_it_at_once_share_one_catalogue(path):
    children = [
        subprocess.Popen(
            [sys.executable, "-c", PRACTICE + AT_ONCE, CONFTEST, path, str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(3)
    ]
    assert [child.stdout.readline() for child in children] == ["ready\n"] * 3
    for child in children:
        child.stdin.write("\n")
        child.stdin.flush()
    for child in children:
        _, errors = child.communicate()
        assert child.returncode == 0, errors
    catalogue = Catalogue.open(path, shipments_exist=True)
    assert sorted(entry.id for entry in Queries(catalogue).shipments()) == ["0", "1", "2"]
    catalogue.close()


def test_threads_share_one_catalogue_and_no_change_is_lost(catalogue, queries, practice):
    def _list(run):
        for number in range(5):
            Ledger(catalogue, run=run).note_listed(run, run, practice["listed"](str(number)), practice["NOW"])

    threads = [threading.Thread(target=_list, args=(f"run-{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(queries.shipments()) == 20


def test_of_changes_committed_together_one_that_fails_takes_back_only_itself(catalogue):
    everybody, said = threading.Barrier(9), []

    def _change(number):
        def make(driver):
            driver.execute("INSERT INTO insurers (insurer) VALUES (?)", (str(number),))
            if number == 3:
                raise BiproSyncError("not this one")

        everybody.wait()
        try:
            catalogue.change(make, durable=True)
        except BiproSyncError as error:
            said.append((number, error.message))

    threads = [threading.Thread(target=_change, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    with catalogue.write():
        everybody.wait()
    for thread in threads:
        thread.join()
    with catalogue.read() as connection:
        names = {name for (name,) in connection.execute("SELECT insurer FROM insurers")}
    assert said == [(3, "not this one")]
    assert names == {"0", "1", "2", "4", "5", "6", "7"}


MOVING = """
catalogue = Catalogue.open(path, shipments_exist=False)
ledger = Ledger(catalogue, run="run")
ids = [str(number) for number in range(500)]
ledger.note_listed("muster", "muster", practice["listed"](*ids), NOW)
for entry in ledger.entries("muster", ids).values():
    ledger.move(entry, S.FETCHING, NOW)
    print(entry.id, flush=True)
"""


@pytest.mark.parametrize("moves", [1, 40])
def test_a_process_killed_right_after_a_move_has_made_it(path, moves):
    child = subprocess.Popen(
        [sys.executable, "-c", PRACTICE + MOVING, CONFTEST, path], stdout=subprocess.PIPE, text=True
    )
    said = [child.stdout.readline().strip() for _ in range(moves)]
    child.kill()
    child.communicate()
    assert child.returncode == -signal.SIGKILL
    catalogue = Catalogue.open(path, shipments_exist=True)
    moved = {entry.id for entry in Queries(catalogue).shipments(states=[ShipmentState.FETCHING])}
    assert all(said)
    assert moved >= set(said)
    assert len(moved) < 500
    catalogue.close()


ONE_MOVE = """
catalogue = Catalogue.open(path, shipments_exist=False)
os.write(1, b"open")
ledger = Ledger(catalogue, run="run")
ledger.note_listed("muster", "muster", practice["listed"]("4711"), NOW)
os.write(1, b"listed")
entry = ledger.move(ledger.entries("muster", ["4711"])["4711"], S.FETCHING, NOW)
os.write(1, b"fetching")
ledger.move(entry, S.FAILED, NOW)
os.write(1, b"failed")
"""


def test_a_commit_is_synced_before_anything_goes_on_and_so_is_the_new_files_name(path, traced):
    found = traced(PRACTICE + ONE_MOVE, CONFTEST, path, options=["-e", "trace=write,fsync,fdatasync,link,linkat"])
    words = ("open", "listed", "fetching", "failed")
    opened, listed, fetching, failed = (found.positions("write", f'"{word}"')[0] for word in words)

    def _synced(name, after, before):
        places = found.positions("fsync", f"<{name}>") + found.positions("fdatasync", f"<{name}>")
        return [place for place in places if after < place < before]

    [appeared] = found.positions("link", f'"{path}"') + found.positions("linkat", f'"{path}"')
    assert appeared < opened
    assert _synced(path.parent, appeared, listed)
    assert _synced(f"{path}-wal", opened, listed)
    assert not _synced(f"{path}-wal", listed, fetching), "the next run finds out the same by itself"
    assert _synced(f"{path}-wal", fetching, failed)


def test_whichever_sync_fails_while_it_is_begun_it_is_begun_whole_or_not_at_all(path, traced):
    number = 0
    while True:
        number += 1
        found = traced(
            PRACTICE
            + """
try:
    Catalogue.open(path, shipments_exist=False).close()
except Exception as error:
    print(type(error).__name__)
""",
            CONFTEST,
            path,
            options=["-e", "trace=fsync,fdatasync", "-e", f"inject=fsync,fdatasync:error=EIO:when={number}"],
        )
        if not any("INJECTED" in result for _, _, result in found.calls):
            break
        assert found.output in {"", "StorageError\n"}
        Catalogue.open(path, shipments_exist=False).close()
        assert [each.name for each in path.parent.glob("*catalog*")] == [path.name]
        path.unlink()
    assert number > 4, "each sync has failed once"


SMALL_DISK = """
import json, subprocess
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1600k", "tmpfs", path.parent], check=True)
from bipro_sync.errors import DiskFullError
catalogue = Catalogue.open(path, shipments_exist=False)
ledger = Ledger(catalogue, run="run")
told = {"listed": 0}
try:
    while True:
        ledger.note_listed("muster", "muster", practice["listed"](f"{told['listed']}-" + "x" * 2000), NOW)
        told["listed"] += 1
except DiskFullError as error:
    told["code"] = error.code
told["kept"] = len(practice["Queries"](catalogue).shipments())
with catalogue.read() as connection:
    told["counted"] = connection.execute("SELECT shipments FROM counts").fetchone()[0]
    told["sound"] = connection.execute("PRAGMA integrity_check").fetchone()[0]
print(json.dumps(told))
"""


def test_on_a_full_disk_the_change_that_did_not_fit_is_taken_back_and_the_others_stay(tmp_path, path):
    alone = ["unshare", "--map-root-user", "--mount"]
    possible = subprocess.run([*alone, "mount", "-t", "tmpfs", "tmpfs", tmp_path], capture_output=True, check=False)
    if possible.returncode:
        pytest.skip(f"no file system of our own may be mounted here: {possible.stderr.decode().strip()}")
    child = subprocess.run(
        [*alone, sys.executable, "-c", PRACTICE + SMALL_DISK, CONFTEST, path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == 0, child.stderr
    told = json.loads(child.stdout)
    assert told["listed"] > 20
    assert told == {
        "listed": told["listed"],
        "code": "disk-full",
        "kept": told["listed"],
        "counted": told["listed"],
        "sound": "ok",
    }
