"""CPU-seconds of processes, counted from one moment to another."""

from collections.abc import Mapping

import psutil


def cpu_seconds(pid: int) -> float:
    """Returns the CPU-seconds that a process has used so far, with those of its children, ended ones too; 0 when it is gone."""
    try:
        process = psutil.Process(pid)
        while True:
            used = process.cpu_times()
            running = sum(map(_own, process.children(recursive=True)))
            now = process.cpu_times()
            # A child that ended in between is in neither sum, or in both.
            if (used.children_user, used.children_system) == (now.children_user, now.children_system):
                return float(now.user + now.system + now.children_user + now.children_system + running)
    except psutil.NoSuchProcess:
        return 0.0


def _own(process: psutil.Process) -> float:
    try:
        used = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(used.user + used.system)


class Meter:
    """Counts what named processes use from now on."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._pids = dict(pids)
        self._before = self._now()

    def per_thousand(self, count: int) -> dict[str, float]:
        """Returns CPU-seconds per 1,000 of `count` events since the meter was made."""
        return {name: (used - self._before[name]) * 1000 / count for name, used in self._now().items()}

    def _now(self) -> dict[str, float]:
        return {name: cpu_seconds(pid) for name, pid in self._pids.items()}
