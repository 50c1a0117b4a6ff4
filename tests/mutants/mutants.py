"""Wrong products, as data: each breaks one promise by a few words, and names the tests that must notice."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """What is wrong with it; in *file* of the package each *old* text, which stands there once, becomes *new*."""

    name: str
    file: str
    changes: tuple
    tests: tuple


def mutant(name, file, *changes, tests):
    return Mutant(name, file, changes, tests)


POWER = "tests/powerloss/test_power_loss.py"
LOSS = f"{POWER}::test_whenever_the_power_is_cut_what_was_promised_is_there_and_nothing_half_is_taken_for_whole"
GOING_ON = f"{POWER}::test_what_a_run_promises_that_goes_on_after_a_killed_one_is_kept_too"
LYING = "tests/powerloss/test_lying_device.py"
CRASHES = "tests/sync/test_crashes.py"
ACKNOWLEDGING = "tests/sync/test_acknowledging.py"
BREAKER = "tests/sync/test_breaker.py"
STORAGE = "tests/sync/test_storage.py"

MUTANTS = (
    mutant(
        "a new file is not synced",
        "durable/files.py",
        (
            "os.fsync(descriptor)\n            finally:\n                os.close(descriptor)\n        return",
            "pass\n            finally:\n                os.close(descriptor)\n        return",
        ),
        tests=(LOSS,),
    ),
    mutant(
        "what was received is published without having reached the device",
        "archive/spool.py",
        ("        finish_all(self._complete)\n        self._complete.clear()\n\n    def _writer", "\n    def _writer"),
        tests=(LOSS,),
    ),
    mutant(
        "a directory is not synced",
        "durable/syncing.py",
        ("yield\n        os.fsync(descriptor)", "yield"),
        tests=(LOSS,),
    ),
    mutant(
        "the entries inside are not synced before the directory appears",
        "durable/directories.py",
        ("with synced_directory(source):", "if source:"),
        tests=(LOSS,),
    ),
    mutant(
        "a published directory's new name is not synced",
        "durable/directories.py",
        ("with synced_directory(target.parent):", "if target:"),
        tests=(LOSS,),
    ),
    mutant(
        "an appended line is not synced",
        "durable/appending.py",
        ("                os.fsync(self._descriptor)", "                pass"),
        tests=(LOSS,),
    ),
    mutant(
        "a failed sync is tried again",
        "durable/appending.py",
        ("self.is_broken = True", "self.is_broken = False"),
        tests=(
            "tests/durable/test_appending.py::test_a_failed_sync_is_an_error_and_is_never_repeated_on_the_same_file",
            "tests/audit/test_durability.py",
        ),
    ),
    mutant(
        "a full disk is swallowed",
        "durable/syncing.py",
        (
            "    view = memoryview(data)\n    while view:\n        view = view[os.write(descriptor, view) :]",
            "    with suppress(OSError):\n        os.write(descriptor, data)",
        ),
        tests=("tests/durable", STORAGE),
    ),
    mutant(
        "bytes are read back from the page cache",
        "durable/reading.py",
        (
            "            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)\n            while",
            "            while",
        ),
        tests=(LYING, "tests/durable/test_reading.py::test_read_back_drops_the_page_cache_before_it_reads"),
    ),
    mutant(
        "a lock that another holds is taken for one's own",
        "sync/holding.py",
        ("if not lock.acquire(wait=False) and", "if lock.acquire(wait=False) is None and"),
        tests=("tests/sync/test_one_puller.py",),
    ),
    mutant(
        "what was published is not read back",
        "archive/store.py",
        (
            "            raise\n        return self.read_back(path)",
            "            raise\n        return Stored(path, manifest, hashlib.sha256(manifest.encode()).hexdigest())",
        ),
        tests=(LYING,),
    ),
    mutant(
        "what read back differs is not looked at",
        "archive/store.py",
        ("if (found.size, found.sha256) != (size, sha256):", "if found.size != size:"),
        tests=(LYING, "tests/archive/test_store.py::test_reading_back_notices_other_bytes"),
    ),
    mutant(
        "what a failed sync left is found by a later run",
        "archive/store.py",
        ("            withdraw_directory(target, received.directory)\n", ""),
        tests=(
            "tests/archive/test_store.py::test_what_a_failed_fsync_may_not_have_made_durable_is_found_by_no_later_run",
        ),
    ),
    mutant(
        "what a dead run published is believed as it is",
        "archive/store.py",
        ("        make_durable(self.layout.root / path, self.layout.root)\n", ""),
        tests=(GOING_ON,),
    ),
    mutant(
        "a directory that another run made is believed to be durable",
        "durable/directories.py",
        ("            make_reachable(path, self._root)\n", "            make_directory(path)\n"),
        tests=(GOING_ON,),
    ),
    mutant(
        "recovery is skipped",
        "sync/insurer_pull.py",
        ("result.errors += recover(place, insurer.name)", "result.errors += []"),
        tests=(CRASHES,),
    ),
    mutant(
        "the ledger is told after the acknowledgement",
        "sync/acknowledging.py",
        (
            "entry = place.ledger.move(entry, ShipmentState.ACK_INTENT, place.clock.now(), reason=reason)",
            "assert entry",
        ),
        (
            "verdict, detail = answer.v",
            "entry = place.ledger.move(entry, ShipmentState.ACK_INTENT, place.clock.now()); verdict, detail = answer.v",
        ),
        tests=(CRASHES,),
    ),
    mutant(
        "what is tampered with is acknowledged",
        "sync/acknowledging.py",
        ("if not read_back:", "if read_back is None:"),
        tests=(f"{ACKNOWLEDGING}::test_what_was_tampered_with_is_never_acknowledged_and_the_others_go_on",),
    ),
    mutant(
        "an unclear answer counts as acknowledged",
        "sync/acknowledging.py",
        (
            "(AckVerdict.UNCLEAR, False): ShipmentState.ACK_UNKNOWN",
            "(AckVerdict.UNCLEAR, False): ShipmentState.ACKNOWLEDGED",
        ),
        tests=(
            f"{ACKNOWLEDGING}::test_an_acknowledgement_whose_answer_is_lost_is_settled_by_the_next_list_without_another_fetch",
        ),
    ),
    mutant(
        "other bytes under a stored id count as the same",
        "sync/fetching.py",
        ("if before.manifest.content_sha256 != manifest.content_sha256:", "if before is None:"),
        tests=(
            f"{ACKNOWLEDGING}::test_an_id_used_again_for_other_bytes_after_the_ledger_was_restored_is_a_conflict_too",
        ),
    ),
    mutant(
        "one list without a shipment makes it vanish",
        "catalog/ledger.py",
        ("return [entry for entry in missing if entry.misses or entry.is_over(today)]", "return missing"),
        tests=(f"{ACKNOWLEDGING}::test_a_shipment_vanishes_after_two_complete_lists_only_and_may_come_back",),
    ),
    mutant(
        "a storage error ends nothing",
        "sync/pull.py",
        (
            "return isinstance(error, StorageError | InterruptedRunError)",
            "return isinstance(error, InterruptedRunError)",
        ),
        tests=(
            f"{STORAGE}::test_on_a_full_disk_nothing_unstored_is_acknowledged_and_with_space_the_next_run_completes",
        ),
    ),
    mutant(
        "a third login is let through",
        "sync/breaker.py",
        ("MOST_STRIKES = 2", "MOST_STRIKES = 3"),
        tests=(f"{BREAKER}::test_after_two_refusals_no_credential_is_tried",),
    ),
    mutant(
        "the breaker forgets what was refused",
        "sync/breaker.py",
        ("self._write(_struck(finished, refusal))", "self._write(finished)"),
        tests=(f"{BREAKER}::test_a_refused_credential_is_never_tried_again",),
    ),
    mutant(
        "the breaker does not ask the log",
        "sync/breaker.py",
        ("return _with_the_log(state, all_told(layout.audit, after=state.log_seq))", "return _with_the_log(state, ())"),
        tests=(f"{BREAKER}::test_where_the_file_is_lost_the_audit_log_stands_in_for_it",),
    ),
    mutant(
        "the attempt is noted after the login is sent",
        "bipro/login/attempt.py",
        ("    gate.attempt(credential.identity, credential.secret, hub=credential.hub)\n", ""),
        (
            "        yield attempt\n",
            "        yield attempt\n        gate.attempt(credential.identity, credential.secret, hub=credential.hub)\n",
        ),
        tests=("tests/bipro/login/test_tokens.py::test_a_shut_gate_lets_nothing_out",),
    ),
    mutant(
        "any answer without shipments is an empty mailbox",
        "bipro/client.py",
        ("empty = not shipments and set(status.codes) == {NO_SHIPMENTS}", "empty = not shipments"),
        ("if not (empty and self._connection.form.nok_04001_is_empty):", "if not empty:"),
        tests=("tests/bipro/test_client.py::test_a_list_with_nok_is_an_error",),
    ),
    mutant(
        "a call's intent is not recorded",
        "audit/log.py",
        ("        self._keep_reserve()\n        self.write(", "        self._keep_reserve()\n        dict("),
        ("            RecordType.CALL_INTENT,\n            call=call,\n", "            call=call,\n"),
        tests=(
            "tests/sync/test_audit_trail.py::test_no_call_of_any_kind_precedes_its_intent_and_each_has_its_outcome",
            "tests/audit/test_durability.py",
        ),
    ),
)
