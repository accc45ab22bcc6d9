"""The stream worker: `life` is when it reads and when it ends, `on_faust` alone knows the library it stands on."""

from event_bus.worker.life import Stalled, StreamWorker

__all__ = ["Stalled", "StreamWorker"]
