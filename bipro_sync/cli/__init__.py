"""The command line: parse, call, render; it must never decide anything the rooms below should decide."""
