"""The portal as data: what it hears, keeps and serves. It owns no records and tells no events."""

from services.portal.feed import trim_feed
from services.portal.figures import PROJECTIONS
from services.portal.streams import portal_routes
from shared.engine import Service

service = Service(
    "portal", on=PROJECTIONS, routes=(portal_routes,), loops=(trim_feed,),
    indexes=dict.fromkeys(("counts", "marks", "feed", "associations", "ratings", "leads", "plans", "quiet"), ()),
)  # fmt: skip
