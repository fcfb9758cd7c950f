"""What five documents say of their campaigns, rule by rule: phases, acts, and their conclusion.

Pure: the case is what has been said, and what the database would tell of it stands in `Around`.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from service.clock import end_of, office_time
from service.workflows.campaign.events import EVENTS, UNDER_WAY, CampaignDossier, CampaignEntry
from service.workflows.campaign.roster import Around, Standing
from service.workflows.campaign.rules import CampaignDays, CampaignRules
from service.workflows.duties import Civil, Period, StandingDuty
from service.workflows.kinds import Kind
from service.workflows.ladder import Dates, to_be_told
from service.workflows.machine import Procedure
from service.workflows.matter import Matter
from service.workflows.policy import PolicyError, read
from service.workflows.rulebook import Rulebook

ZG, TG, RA = "zhanggong-2021@1", "taogou-2021@1", "rongan-2022@1"
XC, SQ = "county-2022@1", "shiquan-2020@1"
DAYS = {
    ZG: ("2021-04-01", "2021-04-30"),
    TG: ("2021-06-08", "2021-06-26"),
    RA: ("2022-01-01", "2022-12-31"),
    XC: ("2022-05-01", "2022-05-21"),
    SQ: ("2020-03-01", "2020-03-31"),
}
CONTACT = {"office": "区精准办", "name": "甲经办", "telephone": "0797-0000000"}
LEADERS = {"principal_leader": "甲书记", "deputy_leader": "乙副区长"}
READY = {"villages_trained": True, "grids_assigned": True}
TG_SUMMARY = {"assessment_findings": True, "for_assessment": "按时完成"}
COVERED = Around(rows={("household", "accepted"): 3, ("village", "accepted"): 1})

RULEBOOK = Rulebook()


class Told:
    """A campaign under a document, as far as it has been told."""

    def __init__(self, ref: str) -> None:
        self.procedure: Procedure = RULEBOOK.pinned(ref, Kind.CAMPAIGN)
        self.ref, self.dossier = ref, CampaignDossier()

    @property
    def rules(self) -> CampaignRules:
        assert isinstance(self.procedure.rules, CampaignRules)
        return self.procedure.rules

    def say(self, event: str, **said: Any) -> dict[str, str]:
        """Let an event have happened; return the windows that it set."""
        matter = self._matter(event, Around(), "2021-04-02", said)
        outcome = self.rules.outcome(matter)
        entry = {"seq": len(self.dossier.entries) + 1, "round": 1, "on": matter.today, "role": "-"}
        told = {**entry, "salt": "-", "body": matter.body, "outcome": outcome}
        self.dossier = self.dossier.with_entry(CampaignEntry.model_validate(told))
        return outcome

    def draft(self, **said: Any) -> dict[str, str]:
        first_day, last_day = DAYS[self.ref]
        return self.say(
            "draft_campaign", title="排查", first_day=first_day, last_day=last_day, **said
        )

    def lacks(
        self, event: str, around: Around = COVERED, at: str | None = None, **said: Any
    ) -> list[tuple[str, str | None]]:
        """Return what an event lacks at a state (the last that knows it): code and provision."""
        if at is None and event != self.rules.opens:
            at = self.rules.arrows[event].sources[-1]
        matter, state = self._matter(event, around, "2022-12-31", said), at or ""
        return [(one.code, one.cite) for one in self.procedure.blockers(state, event, matter)]

    def _matter(self, event: str, around: Around, today: str, said: dict[str, Any]) -> Matter[Any]:
        body = EVENTS[event].model_validate({"event": event, **said})
        return Matter(
            dossier=self.dossier,
            body=body,
            today=date.fromisoformat(today),
            opened_on=date.fromisoformat(DAYS[self.ref][0]),
            evidence={},
            lists=self.procedure.policy.lists,
            beside=around,
        )

    def current(self, day: str) -> set[str]:
        """Return the phases of a day, by the windows as they were set last."""
        days = CampaignDays(UNDER_WAY, self.dossier.windows)
        return set(days.current(date.fromisoformat(day)))

    def form_lacks(self, checklist: str, day: str) -> list[tuple[str, str | None]]:
        days = CampaignDays(UNDER_WAY, self.dossier.windows)
        found = self.rules.form_blockers(days, checklist, date.fromisoformat(day))
        return [(one.code, one.cite) for one in found]


@pytest.fixture
def told() -> Callable[..., Told]:
    """Return what drafts a campaign on a document's own days."""

    def drafted(ref: str, **said: Any) -> Told:
        campaign = Told(ref)
        campaign.draft(**said)
        return campaign

    return drafted


# -- the machine


MOVES = """
    drafted     announce_campaign  announced
    drafted     change_window      drafted
    announced   change_window      announced
    under_way   change_window      under_way
    drafted     start_campaign     under_way
    announced   start_campaign     under_way
    under_way   allow_late         under_way
    under_way   excuse             under_way
    under_way   take_back_excuse   under_way
    under_way   conclude_campaign  concluded
    concluded   archive_campaign   archived
    drafted     cancel_campaign    cancelled
    announced   cancel_campaign    cancelled
    under_way   cancel_campaign    cancelled
"""


@pytest.mark.parametrize("ref", [ZG, TG, RA, XC])
def test_a_campaign_has_these_moves_and_no_others(ref):
    written = {tuple(line.split()) for line in MOVES.strip().splitlines()}

    moves = RULEBOOK.pinned(ref, Kind.CAMPAIGN).moves

    assert {(move.source, move.event, move.target) for move in moves} == written


@pytest.mark.parametrize(
    ("ref", "office"),
    [
        pytest.param(ZG, "district_office", id="ZG-R01"),
        pytest.param(TG, "township_office", id="TG-R10"),
        pytest.param(RA, "county_task_group", id="RA-R01"),
        pytest.param(XC, "county_office", id="XC-R02"),
        pytest.param(SQ, "town", id="SQ-R01"),
    ],
)
def test_zg_r01_ra_r01_ra_r13_sq_r01_a_campaign_waits_for_the_documents_office(ref, office):
    procedure = RULEBOOK.pinned(ref, Kind.CAMPAIGN)

    held = {state: procedure.holder(state) for state in ("drafted", "under_way", "concluded")}

    assert held == dict.fromkeys(held, office)


# -- ZG


def test_zg_r01_the_notice_names_the_office_to_turn_to():
    draft = {"title": "排查", "first_day": "2021-04-01", "last_day": "2021-04-30"}

    assert Told(ZG).lacks("draft_campaign", **draft) == [("field_missing", "ZG-R01")]
    assert Told(ZG).lacks("draft_campaign", contact=CONTACT, **draft) == []


@pytest.mark.parametrize("without", LEADERS)
def test_zg_r09_zg_x03_the_principal_deploys_and_the_deputy_follows_throughout(told, without):
    form = {field: name for field, name in LEADERS.items() if field != without}
    campaign = told(ZG, contact=CONTACT)

    lacking = campaign.lacks("announce_campaign", announced_on="2021-04-02", form=form)

    assert lacking == [("field_missing", "ZG-R09 ZG-X03")]


def test_zg_s01_the_first_phase_begins_with_the_announcement(told):
    campaign = told(ZG, contact=CONTACT)
    assert campaign.dossier.windows["inspection"] == (date(2021, 4, 1), date(2021, 4, 12))

    set_now = campaign.say("announce_campaign", announced_on="2021-04-03", form=LEADERS)

    assert set_now == {"inspection": "2021-04-03/2021-04-12"}
    assert (campaign.current("2021-04-02"), campaign.current("2021-04-03")) == (
        set(),
        {"inspection"},
    )


def test_zg_s01_days_that_the_office_has_set_stay_when_it_is_announced(told):
    own = [{"phase": "inspection", "first": "2021-04-05", "last": "2021-04-10"}]
    campaign = told(ZG, contact=CONTACT, windows=own)

    assert campaign.say("announce_campaign", announced_on="2021-04-03", form=LEADERS) == {}


def test_zg_s01_nobody_announces_after_the_phase_that_begins_with_it(told):
    campaign = told(ZG, contact=CONTACT)

    lacking = campaign.lacks("announce_campaign", announced_on="2021-04-13", form=LEADERS)

    assert lacking == [("days_out_of_order", "DX-21")]


def test_zg_s01_it_does_not_start_before_its_notice(told):
    assert told(ZG, contact=CONTACT).lacks("start_campaign") == [("not_announced", "ZG-S01")]


@pytest.mark.parametrize("register", ["household_register", "village_register"])
def test_zg_s01_the_registers_are_filled_until_12_april(told, register):
    campaign = told(ZG, contact=CONTACT)
    campaign.say("announce_campaign", announced_on="2021-04-02", form=LEADERS)

    assert campaign.form_lacks(register, "2021-04-12") == []
    assert campaign.form_lacks(register, "2021-04-13") == [("not_in_phase", "ZG-S01")]


@pytest.mark.parametrize(
    ("day", "phases"),
    [
        pytest.param("2021-04-12", {"inspection"}, id="the last day of the first"),
        pytest.param("2021-04-13", {"spot_check"}, id="the first of the second"),
        pytest.param("2021-04-14", {"spot_check"}, id="the report's own day lies in the second"),
        pytest.param("2021-04-22", {"spot_check"}, id="the last of the second"),
        pytest.param("2021-04-23", {"rectification"}, id="the first of the third"),
        pytest.param("2021-04-30", {"rectification"}, id="the last day of all"),
        pytest.param("2021-05-01", set(), id="and the day after"),
    ],
)
def test_zg_s02_zg_s03_zg_s04_which_phase_a_day_belongs_to(told, day, phases):
    assert told(ZG, contact=CONTACT).current(day) == phases


ZG_DONE: dict[str, Any] = {"summary": "总结", "form": {"quality": "质量良好"}}


@pytest.mark.parametrize(
    ("around", "lacking"),
    [
        pytest.param(COVERED, [], id="all is done"),
        pytest.param(
            Around(rows={("household", "expected"): 2}), [("rows_open", "ZG-S01")], id="ZG-S01"
        ),
        pytest.param(
            Around(rows={("village", "returned"): 1}), [("rows_open", "ZG-C03")], id="ZG-C03"
        ),
        pytest.param(
            Around(unchecked=("360702001201",)),
            [("villages_unchecked", "ZG-S03 ZG-C03")],
            id="a village that nobody spot-checked",
        ),
        pytest.param(Around(problems=4), [("problems_open", "ZG-S04")], id="ZG-S04"),
        pytest.param(Around(papers=1), [("papers_open", "ZG-S02 ZG-S05")], id="ZG-S05"),
    ],
)
def test_zg_c03_zg_s02_zg_s03_zg_s04_zg_s05_what_its_conclusion_demands(told, around, lacking):
    assert told(ZG, contact=CONTACT).lacks("conclude_campaign", around, **ZG_DONE) == lacking


def test_zg_x04_the_quality_of_the_work_is_told_for_the_assessment(told):
    campaign = told(ZG, contact=CONTACT)

    lacking = campaign.lacks("conclude_campaign", summary="总结")

    assert lacking == [("field_missing", "ZG-X04")]


# -- TG


@pytest.mark.parametrize(
    ("day", "phases"),
    [
        pytest.param("2021-06-09", {"mobilisation"}, id="the day of the plan"),
        pytest.param("2021-06-10", {"mobilisation", "field"}, id="shared by the first two"),
        pytest.param("2021-06-15", {"field", "rectification"}, id="shared by the next two"),
        pytest.param("2021-06-24", {"rectification"}, id="in one alone"),
        pytest.param("2021-06-25", {"rectification", "summary"}, id="the report's day: TG-D08"),
        pytest.param("2021-06-27", set(), id="after the last"),
    ],
)
def test_tg_d04_tg_d05_tg_d06_tg_d07_tg_d08_a_day_may_belong_to_two_phases(told, day, phases):
    assert told(TG).current(day) == phases


@pytest.mark.parametrize(
    ("last_day", "lacking"),
    [
        pytest.param("2021-07-08", [], id="one month"),
        pytest.param("2021-07-09", [("campaign_too_long", "TG-D09")], id="and a day"),
    ],
)
def test_tg_d09_a_campaign_takes_no_longer_than_a_month(last_day, lacking):
    draft = {"title": "排查", "first_day": "2021-06-08", "last_day": last_day}

    assert Told(TG).lacks("draft_campaign", **draft) == lacking


def test_tg_d09_later_days_cannot_make_it_longer_either(told):
    window = {"phase": "summary", "first": "2021-06-25", "last": "2021-07-09"}

    lacking = told(TG).lacks("change_window", window=window, last_day="2021-07-09", reason="延期")

    assert lacking == [("campaign_too_long", "TG-D09")]


def test_tg_d09_the_half_yearly_inspection_is_no_such_campaign():
    half = {"first_day": "2021-01-01", "last_day": "2021-06-30"}
    standing = {"programme": "concentrated_inspection", "period": "2021-H1"}

    assert Told(TG).lacks("draft_campaign", title="排查", **half, **standing) == []


def test_tg_a01_the_announcement_names_who_leads(told):
    lacking = told(TG).lacks("announce_campaign", announced_on="2021-06-09")

    assert lacking == [("field_missing", "TG-A01")]


def test_tg_s01_it_starts_after_mobilisation_and_training_in_the_villages(told):
    campaign = told(TG)
    assert campaign.lacks("start_campaign", form=READY) == [("not_announced", "TG-S01")]

    campaign.say("announce_campaign", announced_on="2021-06-09", form={"leader": "丙书记"})

    untrained = READY | {"villages_trained": False}
    assert campaign.lacks("start_campaign", form=untrained) == [("not_confirmed", "TG-S01")]
    assert campaign.lacks("start_campaign", form=READY) == []


def test_tg_s09_every_monitored_household_has_its_grid_before_the_start(told):
    campaign = told(TG)
    campaign.say("announce_campaign", announced_on="2021-06-09", form={"leader": "丙书记"})

    lacking = campaign.lacks("start_campaign", form=READY | {"grids_assigned": False})

    assert lacking == [("not_confirmed", "TG-S09")]


@pytest.mark.parametrize(
    ("around", "form", "lacking"),
    [
        pytest.param(COVERED, {}, [], id="all is done"),
        pytest.param(
            Around(rows={("household", standing): 1 for standing in ("expected", "submitted")}),
            {},
            [("rows_open", "TG-A02 TG-S02")] * 2,
            id="TG-A02: household by household",
        ),
        pytest.param(Around(papers=1), {}, [("papers_open", "TG-S04 TG-D08")], id="TG-S04, TG-D08"),
        pytest.param(
            COVERED,
            {"assessment_findings": False},
            [("not_confirmed", "TG-S10")],
            id="TG-S10: last year's findings",
        ),
    ],
)
def test_tg_a02_tg_s04_tg_d08_tg_s10_what_its_conclusion_demands(told, around, form, lacking):
    said = {"summary": "总结", "form": TG_SUMMARY | form}

    assert told(TG).lacks("conclude_campaign", around, **said) == lacking


def test_tg_a05_how_it_went_is_told_for_the_yearly_assessment(told):
    form = {"assessment_findings": True}

    lacking = told(TG).lacks("conclude_campaign", summary="总结", form=form)

    assert lacking == [("field_missing", "TG-A05")]


def test_tg_a03_tg_a04_from_the_first_day_late_on_the_township_is_to_know(calendar):
    limit = RULEBOOK.pinned(TG, Kind.CAMPAIGN).limit("campaign_concluded")
    dates = Dates(office_time(date(2021, 6, 9)), date(2021, 6, 20), end_of(date(2021, 6, 20)))

    assert [
        to_be_told(limit, dates, office_time(date(2021, 6, day), 9), calendar)
        for day in (20, 21, 30)
    ] == [(), ("township_office",), ("township_office",)]
    assert [rung.cite for rung in limit.rungs] == ["TG-A03 TG-A04"]


# -- XC


def test_xc_x02_it_starts_after_the_training(told):
    lacking = told(XC).lacks("start_campaign", form={"trained": False})

    assert lacking == [("not_confirmed", "XC-X02")]
    assert told(XC).lacks("start_campaign", form={"trained": True}) == []


@pytest.mark.parametrize("of", ["household", "village"])
def test_xc_c02_no_household_and_no_village_is_left_out(told, of):
    done = {"summary": "总结", "form": {"nothing_hidden": True}}

    lacking = told(XC).lacks("conclude_campaign", Around(rows={(of, "expected"): 1}), **done)

    assert lacking == [("rows_open", "XC-C02")]


def test_xc_x05_nothing_was_hidden_or_left_out(told):
    done = {"summary": "总结", "form": {"nothing_hidden": False}}

    assert told(XC).lacks("conclude_campaign", **done) == [("not_confirmed", "XC-X05")]


def test_xc_d01_xc_d02_no_conclusion_without_the_reports(told):
    done = {"summary": "总结", "form": {"nothing_hidden": True}}

    lacking = told(XC).lacks("conclude_campaign", Around(papers=2), **done)

    assert lacking == [("papers_open", "XC-D01 XC-D02")]


# -- RA


@pytest.mark.parametrize(
    ("day", "phases"),
    [
        pytest.param(
            "2022-03-15",
            {"guidance", "ground_survey", "home_checks", "great_round"},
            id="the last day of three: RA-D02, RA-D03, RA-D15",
        ),
        pytest.param("2022-03-16", {"guidance"}, id="the day after: RA-D19"),
        pytest.param("2022-04-01", {"guidance", "cross_check_april"}, id="RA-D18"),
        pytest.param("2022-10-31", {"guidance", "cross_check_october"}, id="RA-D18 again"),
    ],
)
def test_ra_d02_ra_d03_ra_d15_ra_d18_ra_d19_which_phases_a_day_belongs_to(told, day, phases):
    assert told(RA).current(day) == phases


def test_ra_d15_the_great_round_ends_on_15_march_and_warnings_are_checked_all_year(told):
    campaign = told(RA)

    assert campaign.form_lacks("great_round", "2022-03-15") == []
    assert campaign.form_lacks("great_round", "2022-03-16") == [("not_in_phase", "RA-D15")]
    assert campaign.form_lacks("warning_check", "2022-11-30") == []


def test_ra_d01_ra_d04_ra_d14_the_years_programme_ends_with_its_papers_accepted(told):
    lacking = told(RA).lacks("conclude_campaign", Around(papers=3), summary="总结")

    assert lacking == [("papers_open", "RA-D01 RA-D04 RA-D14")]


@pytest.mark.parametrize(
    ("programme", "checks", "lacking"),
    [
        pytest.param("cross_check", set(), [("not_supervised", "RA-D18")], id="no check"),
        pytest.param("cross_check", {"record_check"}, [], id="a check"),
        pytest.param(
            "covert_inspection",
            {"record_check"},
            [("not_supervised", "RA-D20 RA-A03")],
            id="a check without its circular",
        ),
        pytest.param("covert_inspection", {"record_check", "issue_circular"}, [], id="both"),
    ],
)
def test_ra_d18_ra_d20_ra_r12_what_was_seen_and_told(told, programme, checks, lacking):
    campaign = told(RA, programme=programme, period="2022-04")

    found = campaign.lacks("conclude_campaign", Around(checks=frozenset(checks)), summary="总结")

    assert found == lacking


# -- SQ


def test_sq_p01_a_town_has_no_campaign_but_the_monthly_cycle(told):
    own = told(SQ)
    monthly = told(SQ, programme="inspection", period="2020-03")

    assert own.lacks("start_campaign", at="drafted") == [("not_announced", "DX-25")]
    assert monthly.lacks("start_campaign", at="drafted") == []


# -- what is counted


@pytest.mark.parametrize("standing", Standing)
def test_a_row_is_accounted_for_when_it_is_accepted_or_does_not_apply(told, standing):
    done = {"summary": "总结", "form": {"nothing_hidden": True}}

    lacking = told(XC).lacks("conclude_campaign", Around(rows={("household", standing): 1}), **done)

    assert (lacking == []) == (standing in {Standing.ACCEPTED, Standing.NOT_APPLICABLE})


def test_the_number_that_is_stated_is_that_of_the_rows_that_apply(told):
    inspected = told(SQ, programme="inspection", period="2020-03")
    around = Around(rows={("household", "expected"): 5, ("household", "not_applicable"): 2})

    found = {
        number: inspected.lacks(
            "conclude_campaign", around, summary="-", form={"households_inspected": number}
        )
        for number in (4, 5, 7)
    }

    assert found == {
        4: [("count_differs", "SQ-P01")],
        5: [],
        7: [("count_differs", "SQ-P01")],
    }


# -- periods


@pytest.mark.parametrize(
    ("unit", "day", "name", "first", "last"),
    [
        ("end_of_month", "2022-02-14", "2022-02", "2022-02-01", "2022-02-28"),
        ("end_of_month", "2022-12-31", "2022-12", "2022-12-01", "2022-12-31"),
        ("end_of_quarter", "2022-04-01", "2022-Q2", "2022-04-01", "2022-06-30"),
        ("end_of_half_year", "2022-12-31", "2022-H2", "2022-07-01", "2022-12-31"),
        ("end_of_year", "2022-07-01", "2022", "2022-01-01", "2022-12-31"),
    ],
)
def test_a_day_lies_in_one_civil_period(unit, day, name, first, last):
    period = Period.holding(Civil(unit), date.fromisoformat(day))

    told_of = (period.name, period.first.isoformat(), period.last.isoformat())
    assert told_of == (name, first, last)


def a_duty(**said: Any) -> StandingDuty:
    own = {"code": "duty", "zh": "排查", "en": "inspection", "unit": "end_of_month", "cite": "X-01"}
    return StandingDuty.model_validate({**own, **said})


@pytest.mark.parametrize(
    ("said", "names"),
    [
        pytest.param({}, ["2022-03", "2022-04", "2022-05"], id="every month"),
        pytest.param({"from_on": date(2022, 4, 1)}, ["2022-04", "2022-05"], id="from April on"),
        pytest.param({"months": [4, 10]}, ["2022-04"], id="in April and October"),
        pytest.param({"unit": "end_of_year"}, ["2022"], id="once a year"),
        pytest.param({"from_on": date(2022, 6, 1)}, [], id="not yet"),
    ],
)
def test_the_periods_of_a_duty_that_have_begun(said, names):
    periods = a_duty(**said).periods(date(2022, 3, 15), date(2022, 5, 1))

    assert [period.name for period in periods] == names


@pytest.mark.parametrize(
    ("day", "month", "due"),
    [
        (None, "2022-02-01", "2022-02-28"),
        (20, "2022-02-01", "2022-02-20"),
        (31, "2022-02-01", "2022-02-28"),
    ],
)
def test_a_duty_is_due_on_its_own_day_or_at_the_end_of_the_period(day, month, due):
    period = Period.holding(Civil.END_OF_MONTH, date.fromisoformat(month))

    assert a_duty(day=day).due_on(period) == date.fromisoformat(due)
    limit = a_duty(day=day).limit
    assert (limit.unit, limit.from_day) == (
        ("date", "last_day") if day else ("end_of_month", "first_day")
    )


# -- gaps


DUTY = "standing_duties.concentrated_inspection"


@pytest.mark.parametrize(
    ("changes", "gap"),
    [
        pytest.param(
            {"campaign.phases.field.forms": ["harvest"]},
            "campaign.phases[field].forms: there is no checklist 'harvest'",
            id="a form that is none",
        ),
        pytest.param(
            {"campaign.phases.field.code": "summary"},
            "campaign.phases: 'summary' stands there twice",
            id="a phase twice",
        ),
        pytest.param(
            {f"{DUTY}.level": "county"},
            "standing_duties[concentrated_inspection].level: 'township_office' concludes it, at a"
            " lower level; write 'township', or another role",
            id="nobody of its level concludes it",
        ),
        pytest.param(
            {"campaign.events": []},
            "standing_duties[concentrated_inspection].level: it opens campaigns, but"
            " campaign.events has no 'draft_campaign'; write it",
            id="no events",
        ),
        pytest.param(
            {"campaign.time_limits.campaign_concluded.only_for": {"programmes": ["comparison"]}},
            "[campaign_concluded].only_for: no standing duty 'comparison' opens",
            id="a programme that nobody opens",
        ),
        pytest.param(
            {f"{DUTY}.months": [4]},
            "months goes with unit = 'end_of_month'",
            id="months of a half-year",
        ),
        pytest.param(
            {f"{DUTY}.unit": "working_day"},
            "standing_duties[concentrated_inspection].unit: 'working_day' does not fit",
            id="no civil period",
        ),
    ],
)
def test_what_cannot_be_in_a_campaign_is_a_gap(put, changes, gap):
    with pytest.raises(PolicyError) as refused:
        read(put(**changes))

    assert any(gap in one for one in refused.value.gaps), refused.value.gaps
