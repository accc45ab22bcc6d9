"""What a process that makes pages must be told."""

from pathlib import Path

from cryptography.fernet import Fernet, MultiFernet
from pydantic import Field, SecretStr, field_validator

from service_runtime.settings import BadSettings, ServiceSettings, Words, split_words


class PagesSettings(ServiceSettings):
    """A page is seen at `public_url`; people sign in at `sign_in_issuer`, by OpenID Connect."""

    sign_in_issuer: str = Field(
        min_length=8, description="the OpenID Connect issuer, for example https://inloggen.example.nl/realms/plein"
    )
    sign_in_backchannel: str | None = Field(
        default=None, description="the address of the issuer as this process reaches it, where browsers use another"
    )
    sign_in_client: str = Field(min_length=1, description="the client id of these pages at the issuer")
    sign_in_secret: SecretStr | None = Field(
        default=None, description="the secret of that client; without one it is a public client"
    )
    sign_in_scopes: Words = Field(default=(), description="the scopes to ask for, separated by commas")
    session_keys: SecretStr = Field(description="the keys that seal sessions, Fernet keys separated by commas, the newest first")
    session_idle_minutes: int = Field(
        default=30, ge=1, le=600, description="the minutes without a request after which a session ends"
    )
    session_hours: int = Field(default=10, ge=1, le=24, description="the hours after which every session ends")
    municipality: str = Field(
        default="Gemeente Voorbeeld", min_length=1, description="the name of the municipality, as pages show it"
    )
    theme_folder: Path = Field(description="the folder that `plein theme` filled with components and tokens")

    @field_validator("sign_in_scopes", mode="before")
    @classmethod
    def _split_scopes(cls, value: object) -> object:
        return split_words(value)

    @field_validator("sign_in_issuer")
    @classmethod
    def _without_slash_at_its_end(cls, value: str) -> str:
        return value.rstrip("/")

    def sealer(self) -> MultiFernet:
        """Returns what seals sessions and opens them. Raises BadSettings."""
        try:
            keys = [Fernet(key) for key in split_words(self.session_keys.get_secret_value())]  # type: ignore[attr-defined]
        except ValueError:
            keys = []
        if not keys:
            raise BadSettings("Set SESSION_KEYS to Fernet keys of 32 bytes in base64, separated by commas, the newest first.")
        return MultiFernet(keys)
