"""How a process reaches the broker; a part to mix into a service's own settings."""

import ssl
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings

from service_runtime.settings import SETTINGS_CONFIG


class BrokerSettings(BaseSettings):
    """`broker_durable` says whether the broker keeps its log when it stops: the embedded one does not, Apache Kafka does."""

    model_config = SETTINGS_CONFIG

    broker_servers: str = Field(min_length=3, description="host:port of the broker, several separated by commas")
    broker_durable: bool = Field(default=True, description="true when the broker keeps its log over a restart, else false")
    broker_security: Literal["plaintext", "sasl_plaintext", "sasl_ssl"] = Field(
        default="plaintext", description="plaintext, sasl_plaintext or sasl_ssl"
    )
    broker_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        default="PLAIN", description="PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512"
    )
    broker_user: str | None = Field(default=None, description="the name this service has at the broker")
    broker_password: SecretStr | None = Field(default=None, description="the password this service has at the broker")
    broker_ca_file: Path | None = Field(default=None, description="the path of the certificate that signed the broker's")
    broker_ack_timeout_ms: int = Field(
        default=1500, ge=10, le=60_000, description="how long to wait for the broker before the journal answers, 10 to 60000"
    )
    broker_session_timeout_s: float = Field(
        default=10, ge=1, le=300, description="after how many seconds of silence another worker takes over, 1 to 300"
    )

    @model_validator(mode="after")
    def _sign_in_is_whole(self) -> Self:
        if self.broker_security != "plaintext" and (self.broker_user is None or self.broker_password is None):
            raise ValueError("set BROKER_USER and BROKER_PASSWORD, or BROKER_SECURITY to plaintext")
        return self

    @property
    def broker_server_list(self) -> list[str]:
        return [server.strip() for server in self.broker_servers.split(",") if server.strip()]


def sign_in(settings: BrokerSettings) -> dict[str, Any]:
    """Returns the connection arguments that kafka-python and aiokafka have in common."""
    chosen: dict[str, Any] = {"bootstrap_servers": settings.broker_server_list}
    if settings.broker_security == "plaintext":
        return chosen | {"security_protocol": "PLAINTEXT"}
    assert settings.broker_user is not None
    assert settings.broker_password is not None
    chosen |= {
        "security_protocol": settings.broker_security.upper(),
        "sasl_mechanism": settings.broker_sasl_mechanism,
        "sasl_plain_username": settings.broker_user,
        "sasl_plain_password": settings.broker_password.get_secret_value(),
    }
    if settings.broker_security == "sasl_ssl":
        ca_file = str(settings.broker_ca_file) if settings.broker_ca_file else None
        chosen["ssl_context"] = ssl.create_default_context(cafile=ca_file)
    return chosen
