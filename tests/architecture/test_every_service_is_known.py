"""What a new service or package needs before it can start here: a port in the embedded stack, a place in the distribution."""

import tomllib
from fnmatch import fnmatch

from architecture.tree_rules import ROOT
from plein.local.folder import LocalSettings
from plein.services import SERVICES


def test_every_service_has_its_port_in_the_embedded_stack() -> None:
    ports = {name.removesuffix("_port"): field.default for name, field in LocalSettings.model_fields.items()}

    given = {service.name: ports.get(service.name) for service in SERVICES}

    assert given == {service.name: service.port for service in SERVICES}, "add `<service>_port` to deploy/plein/local/folder.py"


def test_every_package_is_in_the_distribution() -> None:
    include = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]["find"]["include"]
    packages = {folder.parent.name for tree in ("libs", "services", "deploy") for folder in (ROOT / tree).glob("*/__init__.py")}

    left_out = {package for package in packages if not any(fnmatch(package, pattern) for pattern in include)}

    assert left_out == set(), "name it in `include` of [tool.setuptools.packages.find] in pyproject.toml"
