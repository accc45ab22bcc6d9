"""Somebody at a shell with the settings of one service: each command is a process of its own."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg

PASSED_ON = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path(__file__).parent), "COLUMNS": "200"}


class Operator:
    """`url` is the database; `settings` are further ones, by their names in the environment."""

    def __init__(self, folder: Path, url: str, **settings: str) -> None:
        self.folder = folder
        self.url = url
        self.settings = settings

    @property
    def environment(self) -> Mapping[str, str]:
        return {
            **PASSED_ON,
            "DATABASE_URL": self.url,
            "HTTP_PORT": "1",
            "TOKEN_ISSUERS_FILE": str(self.folder / "issuers.toml"),
            "BROKER_SERVERS": "127.0.0.1:1",
            "PSEUDONYM_KEYS": "1:" + "ab" * 32,
            **self.settings,
        }

    def begins(self, *words: str, program: str = "plein.command") -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-W", "ignore::DeprecationWarning", "-m", program, *words],
            cwd=self.folder,
            env=dict(self.environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def runs(self, *words: str, program: str = "plein.command", answers: str = "") -> tuple[int, str]:
        """Returns the exit code and what was said."""
        process = self.begins(*words, program=program)
        told, _ = process.communicate(answers, timeout=60)
        return process.returncode, told

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(statement.encode()).fetchall()
