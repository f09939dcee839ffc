"""The notification service, as data."""

from services.notification.channels.sender import send_notices
from services.notification.ledger.contact_point import contact_points
from services.notification.ledger.inbox import inbox_routes
from services.notification.ledger.roll import ROLL
from services.notification.ledger.telling import notices
from shared.engine import Service

service = Service(
    "notification",
    kinds=(contact_points, notices),
    rooms={"ledger": "internal"},
    on=ROLL,
    routes=(inbox_routes,),
    loops=(send_notices,),
    indexes={
        "roll": ("association", "member"),
        "register": (),
        "names": (),
        "parties": (),
        notices.collection: (
            ("state.channel", "state.stage", "state.scheduled_for"),
            ("state.holders", "state.channel", "state.told_at", "_id"),
            ("state.told_at", "_id"),
            ("state.recipient", "state.told_at", "_id"),
            ("state.about", "state.told_at", "_id"),
        ),
    },
)
