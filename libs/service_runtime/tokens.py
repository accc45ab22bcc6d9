"""Who is calling and what they may do: the names that routes and services use."""

from service_runtime.callers import Authorised, authorised, not_allowed
from service_runtime.issuers import Issuer, read_issuers
from service_runtime.principal import BadToken, Principal, Represented
from service_runtime.token_checker import TokenChecker

__all__ = [
    "Authorised",
    "BadToken",
    "Issuer",
    "Principal",
    "Represented",
    "TokenChecker",
    "authorised",
    "not_allowed",
    "read_issuers",
]
