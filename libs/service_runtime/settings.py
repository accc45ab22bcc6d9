"""What a process must be told before it starts, and the sentences it stops with when it was not."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AnyHttpUrl, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, EnvSettingsSource, NoDecode, SettingsConfigDict
from pydantic_settings.sources.utils import parse_env_vars

S = TypeVar("S", bound=BaseSettings)

Words = Annotated[tuple[str, ...], NoDecode]

# Values may be secrets, so no error may show its input.
SETTINGS_CONFIG = SettingsConfigDict(
    case_sensitive=False, extra="ignore", frozen=True, hide_input_in_errors=True, env_ignore_empty=True, populate_by_name=True
)


class BadSettings(ValueError):
    """The settings do not suffice to start. `sentences` has one per fault and never repeats a value."""

    def __init__(self, *sentences: str) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


class ServiceSettings(BaseSettings):
    """What every process that answers HTTP needs. A description completes the sentence "Set NAME to …"."""

    model_config = SETTINGS_CONFIG

    http_host: str = Field(default="127.0.0.1", description="the address to listen on, for example 127.0.0.1")
    http_port: int = Field(ge=0, le=65535, description="the port to listen on, for example 8101")
    public_url: str | None = Field(default=None, description="the address callers see, for example https://plein.example.nl")
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="debug, info, warning or error")
    max_body_bytes: int = Field(default=1_000_000, ge=1, description="the largest request body in bytes, at least 1")
    requests_per_second: float = Field(default=200, gt=0, description="the requests a second for one caller, above 0")
    request_burst: int = Field(default=400, ge=1, description="the requests one caller may send at once, at least 1")
    cors_origins: Words = Field(default=(), description="the web origins that may call, separated by commas")
    trusted_proxies: Words = Field(default=(), description="the proxies whose X-Forwarded-For counts, separated by commas")
    token_issuers_file: Path = Field(description="the path of the file that names the trusted token issuers")
    token_audience: str = Field(default="plein", min_length=1, description="the audience tokens are made for")

    @field_validator("cors_origins", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return split_words(value)

    @field_validator("public_url")
    @classmethod
    def _without_slash(cls, value: str | None) -> str | None:
        return None if value is None else str(AnyHttpUrl(value)).rstrip("/")

    @property
    def address(self) -> str:
        """The address callers see, without a trailing slash."""
        return self.public_url or f"http://{self.http_host}:{self.http_port}"


class DatabaseSettings(BaseSettings):
    """What a process with a database needs."""

    model_config = SETTINGS_CONFIG

    database_url: str = Field(repr=False, description="the database, as postgresql://user:password@host:port/database")
    database_pool_size: int = Field(default=8, ge=1, le=200, description="the most connections to hold, from 1 to 200")

    @field_validator("database_url")
    @classmethod
    def _is_postgresql(cls, value: str) -> str:
        if not value.startswith(("postgresql://", "postgres://")):
            raise ValueError("it must start with postgresql://")
        return value


def split_words(value: object) -> object:
    """Returns the words of a comma-separated text; anything else as it is."""
    return tuple(word.strip() for word in value.split(",") if word.strip()) if isinstance(value, str) else value


def read_settings(cls: type[S], environ: Mapping[str, str] | None = None) -> S:
    """Returns the settings from the environment. Raises BadSettings with one sentence per fault."""
    if environ is None:
        sources: tuple[Any, ...] = (EnvSettingsSource(cls),)
    else:
        sources = (_GivenEnvironment(cls, environ),)
    try:
        return cls(_build_sources=(sources, {}))
    except ValidationError as fault:
        raise BadSettings(*(_sentence(cls, error) for error in fault.errors(include_input=False, include_url=False))) from None


class _GivenEnvironment(EnvSettingsSource):
    def __init__(self, settings_cls: type[BaseSettings], environ: Mapping[str, str]) -> None:
        self._environ = environ
        super().__init__(settings_cls)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return parse_env_vars(self._environ, self.case_sensitive, self.env_ignore_empty, self.env_parse_none_str)


def _sentence(cls: type[BaseSettings], error: ErrorDetails) -> str:
    name = str(error["loc"][0]) if error["loc"] else ""
    field = cls.model_fields.get(name)
    wanted = (field.description if field else None) or "a value of the documented form"
    if error["type"] == "missing":
        return f"Set {name.upper()} to {wanted}."
    if error["type"] == "value_error":
        return f"{name.upper() or 'The settings'}: {error['ctx']['error']}. Set {name.upper() or 'them'} to {wanted}."
    return f"{name.upper()} cannot be read. Set {name.upper()} to {wanted}."
