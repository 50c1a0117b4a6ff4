"""Makes the synthetic GDV file that has every record type and part of the layouts; all that stands in it is invented.

`python samples/make_gdv_parts.py` writes `samples/gdv/every_part.gdv`.  The result is the same each time.
"""

from __future__ import annotations

import sys
from pathlib import Path

from samples.synthetic.delivery import joined
from samples.synthetic.everything import everything


TARGET = Path(__file__).parent / "gdv"


def files() -> dict[str, bytes]:
    """
    Return every file by name.
    """
    return {"every_part.gdv": joined(everything())}


def main() -> int:
    """
    Write all files.
    """
    for name, data in files().items():
        (TARGET / name).write_bytes(data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
