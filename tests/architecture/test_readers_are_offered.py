"""An operator who redrives reaches a service's handler by the service's name; a reader that offers none cannot be mended."""

from importlib import import_module
from inspect import signature

import pytest

from event_bus.ingest import Reader
from plein.services import SERVICES


@pytest.mark.parametrize("name", [service.name for service in SERVICES if service.reads])
def test_every_service_that_reads_offers_its_reader_by_name(name: str) -> None:
    offered = getattr(import_module(f"{name}.main"), "reader", None)

    assert offered is not None, f"add `def reader(settings: Settings) -> Reader` to services/{name}/main.py"
    assert signature(offered).return_annotation is Reader
