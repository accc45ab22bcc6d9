"""What a person sees while the stack starts: one line per step, with how long it took."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape


class Screen:
    """Lines on standard output; a spinner where that is a terminal."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False, soft_wrap=True)

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Shows that something is under way, then that it was done, or that it was not."""
        started = time.monotonic()
        try:
            with self._console.status(escape(what)):
                yield
        except BaseException:
            self._console.print(f"[red]✗[/red] {escape(what)}")
            raise
        self._console.print(f"[green]✓[/green] {escape(what)} [dim]{time.monotonic() - started:.1f} s[/dim]")

    def tell(self, sentence: str) -> None:
        self._console.print(f"[yellow]•[/yellow] {escape(sentence)}")

    def line(self, text: str = "") -> None:
        self._console.print(escape(text))

    def heading(self, text: str) -> None:
        self._console.print(f"\n[bold]{escape(text)}[/bold]")
