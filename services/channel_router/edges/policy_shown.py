"""The policy as callers read it."""

from datetime import timedelta
from typing import Self

from channel_router.domain.policy import Policy
from channel_router.edges.bodies import Body


class ChannelOfPolicy(Body):
    channel: str
    address: str
    always_open: bool
    arrives_after_working_days: int
    wait_hours: int
    person: bool
    confidential: bool
    quick: bool


class WordOfPolicy(Body):
    code: str
    nl: str
    en: str


class NeedOfPolicy(WordOfPolicy):
    conversation: bool


class CellOfPolicy(Body):
    """One cell of the matrix: the channels in the order the municipality prefers."""

    need: str
    result: str
    channels: tuple[str, ...]


class LegalFormOfPolicy(Body):
    code: str
    channel: str
    when_wished: tuple[str, ...]


class PolicyShown(Body):
    """The policy that choices are made under now."""

    version: str
    time_zone: str
    written_languages: tuple[str, ...]
    outreaches: int
    outreach_days: int
    channels: tuple[ChannelOfPolicy, ...]
    needs: tuple[NeedOfPolicy, ...]
    results: tuple[WordOfPolicy, ...]
    matrix: tuple[CellOfPolicy, ...]
    otherwise: tuple[str, ...]
    legal_forms: tuple[LegalFormOfPolicy, ...]

    @classmethod
    def of(cls, policy: Policy) -> Self:
        return cls(
            version=policy.version,
            time_zone=policy.zone.key,
            written_languages=tuple(sorted(policy.written_languages)),
            outreaches=policy.budget.outreaches,
            outreach_days=policy.budget.period.days,
            channels=tuple(
                ChannelOfPolicy(
                    channel=rules.name,
                    address=rules.address,
                    always_open=rules.hours is None,
                    arrives_after_working_days=rules.arrives_after_working_days,
                    wait_hours=rules.wait // timedelta(hours=1),
                    person=rules.person,
                    confidential=rules.confidential,
                    quick=rules.quick,
                )
                for rules in policy.channels.values()
            ),
            needs=tuple(
                NeedOfPolicy(code=code, nl=need.nl, en=need.en, conversation=need.conversation)
                for code, need in policy.needs.items()
            ),
            results=tuple(WordOfPolicy(code=code, nl=result.nl, en=result.en) for code, result in policy.results.items()),
            matrix=tuple(
                CellOfPolicy(need=need, result=result, channels=channels) for (need, result), channels in policy.matrix.items()
            ),
            otherwise=policy.otherwise,
            legal_forms=tuple(
                LegalFormOfPolicy(code=code, channel=form.channel, when_wished=form.when_wished)
                for code, form in policy.legal_forms.items()
            ),
        )
