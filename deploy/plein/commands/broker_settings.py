"""Where the commands for operators find the broker: the environment, and else the embedded stack of this machine."""

import os
from collections.abc import Mapping

from pydantic import ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from event_bus.settings import BrokerSettings
from plein.local.folder import local_settings
from plein.local.ports import LOOPBACK, CannotStart


class _FromEnvironment(BrokerSettings, BaseSettings):
    model_config = SettingsConfigDict(extra="ignore")


def broker_settings(environ: Mapping[str, str] | None = None) -> BrokerSettings:
    """Reads the BROKER_* variables; without BROKER_SERVERS it is the embedded broker. Raises CannotStart."""
    seen = os.environ if environ is None else environ
    if not seen.get("BROKER_SERVERS"):
        return BrokerSettings(broker_servers=f"{LOOPBACK}:{local_settings().broker_port}", broker_durable=False)
    try:
        return _FromEnvironment.model_validate({})
    except ValidationError as faults:
        told = "; ".join(f"{'_'.join(map(str, fault['loc'])).upper() or 'BROKER_*'}: {fault['msg']}" for fault in faults.errors())
        raise CannotStart(f"The broker's settings are not right: {told}.") from None
