"""One household through the Taogou procedure, from its application to its helper."""

from district import District


def test_the_route_leads_from_the_application_to_the_helper(district: District) -> None:
    case = district.a_case_at("helper_assigned")

    history = district.get("county", f"/v1/cases/{case.id}/history").json()["items"]
    assert [line["event"] for line in history] == [
        "open",
        *(event for _, event in District.ROUTE),
    ]
