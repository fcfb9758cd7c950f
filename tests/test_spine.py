"""One household through the Taogou procedure, from its application until its risk is gone."""

from district import District


def test_the_routes_lead_from_the_application_to_the_end_of_the_risk(district: District) -> None:
    case = district.a_case_at("eliminated")

    history = district.get("county", f"/v1/cases/{case.id}/history").json()["items"]
    assert [line["event"] for line in history] == [
        "open",
        *(event for _, event in (*District.ROUTE, *District.ELIMINATION)),
    ]
