"""What is usually said in a campaign: of it, its forms, the problems found and the paper owed."""

from service.demo.usual import LEADS_OUT, TODAY, USUAL, Usual

CAMPAIGN = {
    "draft_campaign": Usual(
        "township",
        "drafted",
        {"title": "集中排查", "first_day": "2021-06-08", "last_day": "2021-06-26"},
    ),
    "announce_campaign": Usual(
        "township", "announced", {"announced_on": TODAY, "form": {"leader": "丙书记"}}
    ),
    "start_campaign": Usual(
        "township", "under_way", {"form": {"villages_trained": True, "grids_assigned": True}}
    ),
    "conclude_campaign": Usual(
        "township",
        "concluded",
        {
            "summary": "集中排查按期完成",
            "form": {"assessment_findings": True, "for_assessment": "按期完成，问题逐条销号"},
        },
    ),
    "fill_form": Usual(
        "village",
        "submitted",
        {"checklist": "household_survey", "visited_on": TODAY, "signed": True},
    ),
    "accept_form": Usual("township", "accepted"),
    "assign_remediation": Usual("township", "found", {"responsible_person": "甲村干"}),
    "start_remediation": Usual("village", "in_progress"),
    "submit_remediation": Usual("village", "submitted"),
    "verify_remediation": Usual(
        "township", "verified", {"verified_on": TODAY, "opinion": "现场核实属实"}
    ),
    "strike_off": Usual("township", "closed"),
    "draft_deliverable": Usual(
        "township",
        "drafted",
        {
            "form": {
                "tells_of_the_inspection": True,
                "tells_of_the_problems": True,
                "tells_of_the_help": True,
                "tells_what_is_next": True,
            }
        },
    ),
    "submit_deliverable": Usual("township", "submitted"),
    "accept_deliverable": Usual("county", "accepted"),
}

EVERY = USUAL | CAMPAIGN
"""Every event that the story has, of whatever kind of case."""


def leads_to(event: str, state: str) -> str:
    """Return where an event usually leads; some stand on the way in and on the way out."""
    if state.startswith("elimination") and event in LEADS_OUT:
        return LEADS_OUT[event]
    return EVERY[event].leads_to
