"""The picture of who tells whom what, drawn from the catalogue."""

from collections.abc import Iterable, Mapping

from contact_events.topics import Topic, loops


def flow_text(topics: Iterable[Topic], permitted: Mapping[str, str]) -> str:
    """Returns FLOW.md: the table, a picture per topic, and every round with its reason."""
    topics = tuple(topics)
    parts = [
        "# Who tells whom what",
        "Written by `python -m contact_events.publish` from `topics.py`; change it there.",
        "Every message's key is the citizen's reference (16 bytes). A reader parks what it cannot process on `<topic>-parked`.",
        "Who follows a topic looks on it for erasures only, to forget what it holds, and says nothing of it.",
        _table(topics),
        "```\n" + "\n\n".join(_picture(topic) for topic in topics) + "\n```",
        "## Rounds",
        "Data moves one way, but for these rounds. A new one fails a test until it is named here with its reason.",
        "\n".join(f"- `{loop}`: {permitted.get(loop, 'NOT PERMITTED')}." for loop in sorted(loops(topics))),
    ]
    return "\n\n".join(parts) + "\n"


def _table(topics: tuple[Topic, ...]) -> str:
    rows = [
        "| topic | says | events | written by | read by | followed by | partitions | kept |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for topic in topics:
        events = ", ".join(f"`{event_class.__name__}`" for event_class in topic.events)
        cells = (
            f"`{topic.name}`",
            topic.says,
            events,
            ", ".join(topic.written_by) or "nobody yet",
            ", ".join(topic.read_by) or "nobody yet",
            ", ".join(topic.followed_by) or "nobody",
            str(topic.partitions),
            f"{topic.kept.days} days",
        )
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows)


def _picture(topic: Topic) -> str:
    writers = topic.written_by or ("(nobody yet)",)
    readers = topic.read_by or ("(nobody yet)",)
    height = max(len(writers), len(readers))
    middle = (height - 1) // 2
    left = _column(writers, height, middle)
    right = _column(readers, height, middle)
    named = f"▶ {topic.name} ".ljust(22, "─")
    lines = []
    for row in range(height):
        writer, joint = left[row]
        reader, fork = right[row]
        between = named if row == middle else " " * len(named)
        lines.append(f"{writer:<21}{_LEFT[joint]}{between}{_RIGHT[fork]}{reader}".rstrip())
    return "\n".join(lines)


def _column(names: tuple[str, ...], height: int, middle: int) -> list[tuple[str, str]]:
    """Returns a name and the directions its joint connects in (`u`p, `d`own, `o`wn name, `m`iddle) for each row."""
    first = middle - (len(names) - 1) // 2
    rows = []
    for row in range(height):
        name = names[row - first] if first <= row < first + len(names) else ""
        upper, lower = min(first, middle), max(first + len(names) - 1, middle)
        directions = ("u" if upper < row <= lower else "") + ("d" if upper <= row < lower else "")
        rows.append((name, directions + ("o" if name else "") + ("m" if row == middle else "")))
    return rows


_LEFT = {"dom": "─┬─", "do": "─┐ ", "udo": "─┤ ", "udom": "─┼─", "uo": "─┘ ", "uom": "─┴─", "om": "───", "": "   "}
_RIGHT = {"dom": "┬▶ ", "do": "┌▶ ", "udo": "├▶ ", "udom": "┼▶ ", "uo": "└▶ ", "uom": "┴▶ ", "om": "─▶ ", "": "   "}
