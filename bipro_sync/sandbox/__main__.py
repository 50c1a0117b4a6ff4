"""`python -m bipro_sync.sandbox`: the practice insurer without the rest; it parses arguments and nothing else."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ..errors import BiproSyncError
from .server import serve


def main() -> int:
    """
    Serve until stopped and return the exit code.
    """
    parser = argparse.ArgumentParser(prog="python -m bipro_sync.sandbox", description="Run the practice insurer.")
    parser.add_argument("--scenario", default="demo", help="a TOML file, or the name of a packaged scenario")
    parser.add_argument("--directory", type=Path, required=True, help="for certificates and the log of calls")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--no-tls", action="store_true")
    parser.add_argument("--ready-file", type=Path, help="written when it answers, as the line on stdout")
    parser.add_argument("--attached", action="store_true", help="stop when standard input ends")
    given = parser.parse_args()
    try:
        serve(
            given.scenario,
            given.directory,
            host=given.host,
            port=given.port,
            tls=not given.no_tls,
            ready_file=given.ready_file,
            attached=given.attached,
        )
    except BiproSyncError as error:
        sys.stderr.write(f"{error.message} {error.hint}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
