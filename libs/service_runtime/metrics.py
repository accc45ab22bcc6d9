"""The one list of what is counted. No label ever holds something about a person."""

from prometheus_client import Counter, Gauge, Histogram

events_accepted_total = Counter("events_accepted", "Events a door answered, by outcome", ["channel", "outcome"])
events_published_total = Counter("events_published", "Events the broker acknowledged", ["topic"])
events_refused_total = Counter("events_refused", "Events the broker will never take, kept and set aside", ["topic"])
journal_waiting = Gauge("journal_waiting", "Accepted events in the journal that the broker does not have yet")
events_read_total = Counter("events_read", "Records a reader took from the broker", ["reader", "topic"])
events_kept_total = Counter("events_kept", "Records whose rows are durable", ["reader", "topic"])
events_repeated_total = Counter("events_repeated", "Records that were known already", ["reader", "topic"])
events_parked_total = Counter("events_parked", "Records set aside whole, by reason", ["reader", "reason"])
events_ignored_total = Counter("events_ignored", "Records that were not for this reader, by reason", ["reader", "reason"])
batches_retried_total = Counter("batches_retried", "Batches tried again because the database was away", ["reader"])
outgoing_waiting = Gauge("outgoing_waiting", "Events decided and durable that the broker does not have yet", ["schema"])
stream_lag = Gauge("stream_lag", "Records a reader has still to read", ["reader", "topic", "partition"])
stream_progress_timestamp_seconds = Gauge("stream_progress_timestamp_seconds", "When a reader last kept a batch", ["reader"])
batch_seconds = Histogram(
    "batch_seconds",
    "Time to make one batch durable",
    ["reader"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
http_request_seconds = Histogram(
    "http_request_seconds",
    "Time to answer a request",
    ["route", "method", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
requests_refused_total = Counter("requests_refused", "Requests refused, by kind of problem", ["kind"])
timelines_read_total = Counter("timelines_read", "Timelines shown, by purpose", ["purpose"])
citizens_searched_total = Counter("citizens_searched", "Searches for a citizen, by outcome", ["outcome"])
people_signed_in_total = Counter("people_signed_in", "Ways back from the sign-in server, by outcome", ["outcome"])
live_readers = Gauge("live_readers", "Open live views of a timeline")
channels_chosen_total = Counter("channels_chosen", "Choices of a channel", ["channel"])
contact_points_revealed_total = Counter("contact_points_revealed", "Contact points opened, by purpose", ["purpose"])
