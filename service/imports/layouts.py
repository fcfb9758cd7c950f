"""The layouts that can be imported: each is a file, and a line here."""

from service.imports.comparison import COMPARISON
from service.imports.forms import FORMS
from service.imports.households import HOUSEHOLDS
from service.imports.layout import Layout
from service.imports.objects import PLANS, ROSTER
from service.imports.problems import AREA_PROBLEMS, HOUSEHOLD_PROBLEMS

LAYOUTS: dict[str, Layout] = {
    "households": HOUSEHOLDS,
    "comparison": COMPARISON,
    "household_problems": HOUSEHOLD_PROBLEMS,
    "area_problems": AREA_PROBLEMS,
    "inspection_forms": FORMS,
    "risk_households": ROSTER,
    "measures": PLANS,
}
"""Name -> layout. The names are promises: `POST /v1/imports` and `dixian import` take them."""
