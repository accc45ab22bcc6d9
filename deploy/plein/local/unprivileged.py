"""Runs a program that refuses to run as root: python -I -S unprivileged.py UID GID PROGRAM ARGUMENT…

Gives up every right of root except reading files (CAP_DAC_READ_SEARCH), so that the program finds its own binaries and data
below folders that only root may enter. Runs as a plain script: it imports nothing of the project.
"""

import ctypes
import os
import sys

PR_SET_KEEPCAPS = 8
PR_CAPBSET_READ = 23
PR_SET_SECUREBITS = 28
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAP_DAC_OVERRIDE = 1  # containers often have this one and not the narrower
CAP_DAC_READ_SEARCH = 2
# access(2) forgets the capabilities of whoever is not root, unless this is set; programs ask it about their own binaries.
SECBIT_NO_SETUID_FIXUP = 1 << 2
CAPABILITY_VERSION_3 = 0x20080522


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


def _become(uid: int, gid: int) -> None:
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    if sys.platform != "linux":
        os.setuid(uid)
        return
    libc = ctypes.CDLL(None, use_errno=True)
    kept = next((cap for cap in (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE) if libc.prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1), None)
    libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
    libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setresuid(uid, uid, uid)
    mask = 0 if kept is None else 1 << kept
    header = _Header(CAPABILITY_VERSION_3, 0)
    sets = (_Sets * 2)(_Sets(mask, mask, mask), _Sets(0, 0, 0))
    libc.capset(ctypes.byref(header), ctypes.byref(sets))
    if kept is not None:
        libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, kept, 0, 0)


if __name__ == "__main__":
    _become(int(sys.argv[1]), int(sys.argv[2]))
    os.execv(sys.argv[3], sys.argv[3:])  # noqa: S606 - the starter names the program
