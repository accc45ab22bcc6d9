"""The process: the door of this channel, and nothing of its own."""

from front_door.app import door_app
from front_door.settings import DoorSettings
from service_runtime.process import Service, run
from web_adapter.domain import DOOR


class Settings(DoorSettings):
    """What every door needs; this one needs no more."""


async def build(settings: Settings) -> Service:
    """Returns the service. Raises BadSettings."""
    return await door_app(DOOR, settings)


def main() -> None:
    """Runs until told to stop."""
    run(DOOR.service, Settings, build)


if __name__ == "__main__":
    main()
