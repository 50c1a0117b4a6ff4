"""Gives the command that follows a controlling terminal; its output goes where it went."""

import fcntl
import os
import pty
import sys
import termios


os.setsid()
master, terminal = pty.openpty()
fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
# As long as the command lives: at the end of its other side, a terminal ends those who sit at it.
os.set_inheritable(master, True)
os.execvp(sys.argv[1], sys.argv[1:])
