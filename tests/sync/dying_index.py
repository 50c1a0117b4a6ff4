"""Looks at GDV files again and again, each time dying at the next step into the catalogue, and then catches up.

As a program: configuration, catalogue, every how many steps.  It writes one line of JSON for each death: how many
shipments waited after it, what catching up ended with, and a digest over all rows then.
"""

import hashlib
import json
import os
import sys
from pathlib import Path

from bipro_sync.catalog import Catalogue
from bipro_sync.cli.main import main
from bipro_sync.sync import gdv_entering
from tests.identities import at_a_terminal
from tests.sync.gdv_mail import rows_in


DIED = 97


def index(config):
    return main(["--config", config, "--quiet", "archive", "index"], at_a_terminal())


def die_before(number):
    """Lets this process end before the *number*th change of the catalogue."""
    left = [number]
    change = Catalogue.change

    def counted(self, make, *, durable):
        left[0] -= 1
        if not left[0]:
            os._exit(DIED)
        return change(self, make, durable=durable)

    Catalogue.change = counted
    gdv_entering._AT_ONCE = 1


def dies(config, number):
    child = os.fork()
    if not child:
        die_before(number)
        os._exit(index(config))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == DIED


def digest(path):
    return hashlib.sha256(repr(rows_in(path)).encode()).hexdigest()


def run(config, path, stride):
    path = Path(path)
    whole = path.read_bytes()
    number = 1
    while dies(config, number):
        ended = index(config)
        sys.stdout.write(json.dumps({"step": number, "caught up": ended, "rows": digest(path)}) + "\n")
        for side in path.parent.glob("catalog.db*"):
            side.unlink()
        path.write_bytes(whole)
        path.chmod(0o600)
        number += int(stride)
    sys.stdout.write(json.dumps({"step": number, "caught up": 0, "rows": digest(path)}) + "\n")


if __name__ == "__main__":
    run(*sys.argv[1:])
