"""All routes of the timeline, on one desk."""

from fastapi import FastAPI

from timeline.edges.http import erasing, linking, live, reading, searching
from timeline.edges.http.asking import Desk


def add_routes(app: FastAPI, desk: Desk) -> None:
    """Lets an app answer for the timeline."""
    app.state.desk = desk
    for part in (reading, live, searching, linking, erasing):
        app.include_router(part.router)
