"""The evaluation service as data: the rooms it keeps, the records in them, what it hears."""

from services.evaluation.facts.fact import FACTS
from services.evaluation.facts.projection import ASSOCIATIONS, PROJECTIONS, PROJECTS
from services.evaluation.facts.routes import fact_routes
from services.evaluation.grades.grade import grades
from services.evaluation.rating import assessment, decision
from services.evaluation.rating.application import applications
from services.evaluation.rating.round import rounds
from services.evaluation.rating.routes import explanation_routes
from services.evaluation.rulebook.rulebook import rulebooks
from shared.engine import Service

MOVES = (assessment, decision)  # one record, its moves in three files: application, assessment, decision
rulebooks()  # a rulebook that does not add up stops the start

service = Service(
    "evaluation",
    kinds=(rounds, applications, grades),
    rooms={"rating": "zone", "grades": "public"},
    on=PROJECTIONS,
    routes=(fact_routes, explanation_routes),
    indexes={FACTS: (("association", "key", "year"),), ASSOCIATIONS: (), PROJECTS: ()},
)
