"""What the Dutch API design rules ask of every answer."""

import re

from front_door.check_adapter.outcomes import expect
from front_door.check_adapter.rule import Rule
from front_door.check_adapter.target import INTERACTIONS, Target, refused, said

_HEADERS = {
    "api-version": re.compile(r"\d+\.\d+\.\d+"),
    "cache-control": re.compile(r".*no-store.*"),
    "content-security-policy": re.compile(r".*frame-ancestors 'none'.*"),
    "strict-transport-security": re.compile(r".*max-age=\d+.*"),
    "x-content-type-options": re.compile(r"nosniff"),
    "x-frame-options": re.compile(r"DENY", re.IGNORECASE),
}


def _headers(target: Target) -> None:
    answers = {
        "an accepted event": target.post(target.body()),
        "a bad body": target.post(b"{"),
        "no token": target.post(target.body(), token=""),
        "an unknown address": target.client.get("/v1/no-such-address"),
    }
    for what, answer in answers.items():
        wrong = [name for name, form in _HEADERS.items() if not form.fullmatch(answer.headers.get(name, ""))]
        expect(that=not wrong, otherwise=f"the answer to {what} has no proper {', '.join(wrong)}")


def _openapi(target: Target) -> None:
    answer = target.client.get("/v1/openapi.json", headers={"Origin": "https://ergens.example.nl"})
    expect(that=answer.status_code == 200, otherwise=f"answered {said(answer)}")
    expect(that=answer.headers.get("access-control-allow-origin") == "*", otherwise="pages from elsewhere cannot read it")
    info = target.document.get("info", {})
    expect(that=str(target.document.get("openapi", "")).startswith("3."), otherwise="it is not OpenAPI 3")
    missing = {"name", "url", "email"} - set(info.get("contact", {}))
    expect(that=not missing, otherwise=f"its contact has no {', '.join(sorted(missing))}")
    documented = set(target.document["paths"][INTERACTIONS]["post"].get("responses", {}))
    absent = {"202", "400", "401", "403", "409", "413", "415", "429", "503"} - documented
    expect(that=not absent, otherwise=f"it does not document {', '.join(sorted(absent))}")
    expect(that="422" not in documented, otherwise="it documents a 422, and invalid input is a 400")


def _addresses(target: Target) -> None:
    slash = target.client.post(f"{INTERACTIONS}/", content=b"{}", headers=target.signed(), follow_redirects=False)
    refused(slash, 404)
    answer = target.client.delete(INTERACTIONS, headers=target.signed())
    refused(answer, 405)
    expect(that="POST" in answer.headers.get("allow", ""), otherwise="the 405 has no Allow header with POST")


def _handshake(target: Target) -> None:
    origin = "bron.example.nl"
    answer = target.client.options(INTERACTIONS, headers={"WebHook-Request-Origin": origin})
    expect(that=answer.status_code in (200, 204), otherwise=f"answered {said(answer)}")
    allowed = answer.headers.get("webhook-allowed-origin")
    expect(that=allowed in (origin, "*"), otherwise="the answer has no proper WebHook-Allowed-Origin")
    expect(that="webhook-allowed-rate" in answer.headers, otherwise="the answer has no WebHook-Allowed-Rate")


def _token_in_address(target: Target) -> None:
    answer = target.client.post(f"{INTERACTIONS}?access_token={target.token}", json=target.body())
    expect(that=answer.status_code in (400, 401), otherwise=f"answered {said(answer)}")


def _alive(target: Target) -> None:
    for path in ("/v1/health/live", "/v1/health/ready"):
        answer = target.client.get(path)
        expect(that=answer.status_code == 200, otherwise=f"{path} answered {said(answer)}")


RULES_OF_HTTP = (
    Rule("sends the API version and the security headers with every answer", _headers),
    Rule("publishes its OpenAPI document for everybody, with contact and refusals", _openapi),
    Rule("knows no trailing slash, and names the methods it offers", _addresses),
    Rule("shakes hands with webhooks", _handshake),
    Rule("takes no token from an address", _token_in_address),
    Rule("says that it lives and is ready", _alive),
)
