"""Routes that show: the timeline, who looked, sources, purposes, a receipt."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from starlette.responses import Response

from contact_events.identity import keys_behind
from service_runtime.metrics import timelines_read_total
from service_runtime.problems import FieldFault, invalid_input, problem_of, problem_responses
from service_runtime.tokens import Principal, authorised
from timeline.domain.cursor import cursor_of
from timeline.domain.sources import source_reports
from timeline.edges.http.asking import (
    Anybody,
    AsOfQuery,
    AtDesk,
    ChannelQuery,
    CitizenPath,
    CursorQuery,
    LimitQuery,
    MatterQuery,
    PurposeQuery,
    about,
    answer,
    answering,
    asked,
    employee,
    position_in,
    view_of,
)
from timeline.edges.http.entries import EntriesFound, TimelineShown, entries_shown, next_cursor
from timeline.edges.http.shown import (
    AccessLogShown,
    LookShown,
    PurposeOffered,
    PurposeShown,
    PurposesShown,
    ReferenceShown,
    SourceShown,
    SourcesShown,
    purpose_of_line,
    texts,
)
from timeline.handlers import read_timeline

Reader = Annotated[Principal, Depends(authorised("timeline:read"))]
Operator = Annotated[Principal, Depends(authorised("sources:read"))]

router = APIRouter(prefix="/v1", tags=["timeline"])


@router.get(
    "/citizens/{citizen}/timeline",
    response_model=TimelineShown,
    responses=problem_responses(400, 401, 403, 503),
    summary="All contacts of one citizen, newest first",
)
async def timeline(
    desk: AtDesk,
    principal: Anybody,
    citizen: CitizenPath,
    purpose: PurposeQuery = None,
    channel: ChannelQuery = None,
    matter: MatterQuery = None,
    as_of: AsOfQuery = None,
    cursor: CursorQuery = None,
    limit: LimitQuery = 50,
) -> Response:
    """Shows a page to somebody with a purpose. The access log holds who looked and why before this answers."""
    ask = asked(desk, principal, citizen, purpose, "timeline")
    view = view_of(ask.purpose, channels=channel, matters=matter, as_of=as_of, cursor=cursor, limit=limit)
    async with answering():
        read, late = await read_timeline(desk.timelines, desk.sources, ask.refs, view, ask.looking)
    timelines_read_total.labels(purpose=ask.purpose.code).inc()
    return answer(
        TimelineShown(
            citizen=ask.refs[0].text,
            references=texts(read.person),
            purpose=PurposeShown.of(ask.purpose),
            as_of=as_of,
            entries=entries_shown(read.page.entries, desk.matters),
            next=next_cursor(read.page.next),
            perhaps_also=[ReferenceShown.of(reference) for reference in read.perhaps_also],
            sources=[SourceShown.of(report) for report in late],
        )
    )


@router.get(
    "/citizens/{citizen}/access-log",
    response_model=AccessLogShown,
    responses=problem_responses(400, 401, 403, 503),
    summary="Who looked at this citizen, when and why",
)
async def access_log(
    desk: AtDesk,
    principal: Anybody,
    citizen: CitizenPath,
    purpose: PurposeQuery = None,
    cursor: CursorQuery = None,
    limit: LimitQuery = 50,
) -> Response:
    """Shows every time of looking, newest first, from all services; a citizen reads the own list."""
    ask = asked(desk, principal, citizen, purpose, "access_log", scope="access-log:read")
    before = position_in(cursor, "cursor")
    async with answering():
        lines = await desk.timelines.access_log(ask.refs, before=before, limit=limit, looking=ask.looking)
    shown = lines[:limit]
    purposes = dict(desk.purposes.by_code)
    return answer(
        AccessLogShown(
            lines=[
                LookShown(
                    seen_at=line.data.seen_at,
                    seen_by=line.data.seen_by,
                    role=line.data.role,
                    organisation_name=line.data.organisation_name,
                    purpose=purpose_of_line(line.data, purposes),
                    what=line.data.what,
                    service=line.data.service,
                )
                for _, line in shown
            ],
            next=cursor_of((shown[-1][1].data.seen_at, shown[-1][0])) if len(lines) > limit else None,
        )
    )


@router.get(
    "/receipts/{receipt}",
    response_model=EntriesFound,
    responses=problem_responses(400, 401, 403, 404, 503),
    summary="The entry behind a receipt number",
)
async def receipt(
    desk: AtDesk,
    principal: Reader,
    receipt: Annotated[str, Path(min_length=10, max_length=20, description="ten characters, as they are read out")],
    purpose: PurposeQuery = None,
) -> Response:
    """Finds the entry a citizen has the receipt of, when the purpose shows it. Spaces, hyphens and small letters are fine."""
    ask = about(desk, employee(principal), (), purpose, "timeline")
    try:
        first, last = keys_behind(receipt)
    except ValueError as fault:
        raise invalid_input([FieldFault("receipt", "", f"cannot be read: {fault}")]) from None
    view = view_of(ask.purpose, channels=None, matters=None)
    async with answering():
        found = await desk.timelines.behind_receipt(first, last, view, ask.looking)
    if not found:
        raise problem_of(404)
    entries = entries_shown(found, desk.matters)
    return answer(EntriesFound(receipt=entries[0].receipt, entries=entries))


@router.get(
    "/sources",
    response_model=SourcesShown,
    responses=problem_responses(401, 403, 503),
    summary="Which sources are on time, late or silent",
)
async def sources(desk: AtDesk, _: Operator) -> Response:
    """Shows every source the municipality expects to hear from, and when it was heard last."""
    async with answering():
        heard = await desk.timelines.heard()
    reports = source_reports(desk.sources, heard, desk.now())
    return answer(SourcesShown(sources=[SourceShown.of(report) for report in reports]))


@router.get(
    "/purposes",
    response_model=PurposesShown,
    responses=problem_responses(401, 403),
    summary="The purpose register",
)
async def purposes(desk: AtDesk, principal: Anybody) -> Response:
    """Shows why somebody may look, what that opens here and elsewhere, and which purposes the caller may use."""
    offered = [PurposeOffered.to(principal.roles, purpose) for purpose in desk.purposes.by_code.values()]
    return answer(PurposesShown(purposes=offered))
