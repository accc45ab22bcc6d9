"""The `plein` command of a version that knows the second major version of a recorded interaction: what a fix brings."""

from contact_events import codec
from plein.command import main

FIRST, SECOND = "nl.plein.interaction.recorded.v1", "nl.plein.interaction.recorded.v2"

if __name__ == "__main__":
    codec._DATA[SECOND] = codec._DATA[FIRST]
    main()
