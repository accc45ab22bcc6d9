"""CPU-seconds of processes, counted from one moment to another."""

from collections.abc import Mapping

import psutil


def cpu_seconds(pid: int) -> float:
    """Returns the CPU-seconds that a process has used so far, with those of its children, ended ones too; 0 when it is gone."""
    try:
        process = psutil.Process(pid)
        used = process.cpu_times()
        total = used.user + used.system + used.children_user + used.children_system
        for child in process.children(recursive=True):
            total += _own(child)
    except psutil.NoSuchProcess:
        return 0.0
    return float(total)


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
