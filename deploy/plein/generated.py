"""The files of the deployment that follow from the catalogue and the personas: `python -m plein.generated [--check]`."""

import json
import sys
from pathlib import Path

from plein.access_rules import access_rules, as_table
from plein.dashboards import dashboard, scraping
from plein.realm import realm

DEPLOY = Path(__file__).resolve().parents[1]


def generated_files() -> dict[Path, str]:
    """Returns what each generated file must hold."""
    return {
        DEPLOY / "apache-kafka" / "access-rules.csv": as_table(access_rules()),
        DEPLOY / "keycloak" / "realm.json": json.dumps(realm(), indent=2, ensure_ascii=False) + "\n",
        DEPLOY / "grafana" / "dashboards" / "plein.json": json.dumps(dashboard(), indent=2) + "\n",
        # YAML takes JSON; the loaders of Prometheus do too.
        DEPLOY / "grafana" / "prometheus.yml": json.dumps(scraping(), indent=2) + "\n",
    }


def main(arguments: list[str]) -> int:
    """Writes the files, or with --check says which are not up to date. Returns the exit code."""
    stale = [file for file, text in generated_files().items() if not file.exists() or file.read_text("utf-8") != text]
    if "--check" in arguments:
        for file in stale:
            print(f"{file.relative_to(DEPLOY.parent)} is not up to date: run `make format`", file=sys.stderr)
        return 1 if stale else 0
    for file in stale:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(generated_files()[file], "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
