"""Reading what strace wrote of a program whose threads get in each other's words."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class SystemCall:
    """One system call: who made it, its name, its arguments (with paths), its result."""

    thread: str
    name: str
    arguments: str
    result: str


def system_calls(log):
    """The calls in order; one that others interrupted stands where it began, a sync where it was through."""
    found, begun = [], {}
    for line in log.splitlines():
        if whole := re.fullmatch(r"(\d+) +(\w+)\((.*)\) += (.*)", line):
            found.append(SystemCall(*whole.groups()))
        elif first := re.fullmatch(r"(\d+) +(\w+)\((.*) <unfinished \.\.\.>", line):
            begun[first[1]] = (len(found), first[3])
            found.append(None)
        elif rest := re.fullmatch(r"(\d+) +<\.\.\. (\w+) resumed>(.*)\) += (.*)", line):
            place, arguments = begun.pop(rest[1])
            call = SystemCall(rest[1], rest[2], arguments + rest[3], rest[4])
            if "sync" in call.name:
                found.append(call)
            else:
                found[place] = call
    return [call for call in found if call]
