"""What we count. Names and labels carry no record, person or organisation."""

from prometheus_client import Counter, Gauge, Histogram

COMMANDS = Counter("guildhall_commands", "Commands answered, by kind, move and outcome", ["kind", "move", "outcome"])
COMMAND_SECONDS = Histogram("guildhall_command_seconds", "Time from request to answer of a command", ["service"],
                            buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10))  # fmt: skip
TOGETHER = Histogram("guildhall_writes_together", "Commands that left in one write", buckets=(1, 2, 4, 8, 16, 32, 64, 100))
REPLAYS = Counter("guildhall_idempotent_replays", "Commands answered from an earlier identical call", ["kind"])
CLOCKS = Counter("guildhall_clocks_rung", "Deadlines that rang", ["kind", "move"])
CLOCK_REFUSALS = Counter("guildhall_clock_refusals", "Deadlines whose rule failed; each wants a look", ["kind", "move"])
REFUSALS = Counter("guildhall_refused_authorisations", "Commands and reads refused for want of a right, by role", ["role"])
RELAYED = Counter("guildhall_events_published", "Events acknowledged by Kafka", ["topic"])
RELAY_FAILURES = Counter("guildhall_relay_failures", "Rounds of the relay that failed and were begun anew", ["service"])
OUTBOX = Gauge("guildhall_outbox_records", "Records with events that wait for Kafka", ["service"])
OUTBOX_AGE = Gauge("guildhall_outbox_oldest_seconds", "Age of the oldest event that waits for Kafka", ["service"])
HEARD = Counter("guildhall_events_heard", "Events of subscribed topics by outcome", ["service", "outcome"])
EVENT_AGE = Histogram("guildhall_event_age_seconds", "From the time an event was recorded to its effect here", ["service"],
                      buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300, 3600))  # fmt: skip
INTAKE_FAILURES = Counter("guildhall_intake_failures", "Batches that failed and will be tried again", ["service"])
LAG = Gauge("guildhall_consumer_lag", "Events behind the end of the partition", ["service", "topic", "partition"])
LETTERS = Counter("guildhall_letters_parked", "Events set aside as dead letters", ["service"])
WAITING = Gauge("guildhall_letters_waiting", "Dead letters that wait for an operator", ["service"])
