from .tracing import SystemCall, system_calls


LOG = """\
11 write(3</a>, "x", 1 <unfinished ...>
12 fsync(4</b> <unfinished ...>
11 <... write resumed>) = 1
11 rename("/a", "/c") = 0
12 <... fsync resumed>) = -1 EIO (Input/output error) (INJECTED)
12 write(5</d>, "never through" <unfinished ...>
+++ exited with 0 +++
"""


def test_a_call_that_was_interrupted_is_one_call_and_a_sync_stands_where_it_was_through():
    assert system_calls(LOG) == [
        SystemCall("11", "write", '3</a>, "x", 1', "1"),
        SystemCall("11", "rename", '"/a", "/c"', "0"),
        SystemCall("12", "fsync", "4</b>", "-1 EIO (Input/output error) (INJECTED)"),
    ]
