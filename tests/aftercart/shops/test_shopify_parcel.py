from datetime import UTC, datetime
from typing import Any

import pytest

from aftercart.domain.order import Shipment, Stage
from aftercart.ports import Unreadable
from aftercart.shops import shopify
from tests.aftercart.shops.shopify_samples import PARCEL, SHOP, as_bytes, parcel


class TestAParcel:
    def test_is_read_whole(self) -> None:
        news = shopify.read_shipment(as_bytes(PARCEL), SHOP)
        at = datetime(2026, 11, 20, 14, tzinfo=UTC)
        assert (news.shop, news.order) == (SHOP, "9007199254740997")
        assert news.shipment == Shipment(
            id="5501",
            stages={Stage.IN_TRANSIT: at},
            updated_at=at,
            tracking_number="20450000000001",
            tracking_url="https://tracking.example/20450000000001",
            carrier="Nova Poshta",
            lines=("9007199254740995",),
        )
        assert shopify.read_shipment(as_bytes({"fulfillment": PARCEL}), SHOP) == news

    @pytest.mark.parametrize(
        ("status", "shipment_status", "stage"),
        (
            ("pending", None, Stage.LABEL_CREATED),
            ("open", None, Stage.LABEL_CREATED),
            ("success", None, Stage.IN_TRANSIT),
            ("success", "confirmed", Stage.LABEL_CREATED),
            ("success", "label_printed", Stage.LABEL_CREATED),
            ("success", "CARRIER_PICKED_UP", Stage.IN_TRANSIT),
            ("success", "delayed", Stage.DELAYED),
            ("success", "out_for_delivery", Stage.OUT_FOR_DELIVERY),
            ("success", "attempted_delivery", Stage.ATTEMPT_FAILED),
            ("success", "ready_for_pickup", Stage.READY_FOR_PICKUP),
            ("success", "failure", Stage.EXCEPTION),
            ("success", "delivered", Stage.DELIVERED),
            ("success", "picked_up", Stage.DELIVERED),
            ("success", "returning_to_sender", Stage.RETURNING),
            (None, "delivered", Stage.DELIVERED),
            ("success", "something_new", Stage.IN_TRANSIT),
            ("something_new", None, Stage.LABEL_CREATED),
            ("cancelled", "delivered", Stage.CANCELLED),
            ("error", None, Stage.CANCELLED),
            ("failure", None, Stage.CANCELLED),
        ),
    )
    def test_is_where_its_two_statuses_say(
        self, status: str | None, shipment_status: str | None, stage: Stage
    ) -> None:
        assert parcel(status=status, shipment_status=shipment_status).stage is stage

    def test_every_stage_of_ours_can_be_told(self) -> None:
        told = {*shopify.BY_SHIPMENT_STATUS.values(), *shopify.BY_STATUS.values()}
        assert told == set(Stage)

    def test_with_several_numbers_names_them_all_once(self) -> None:
        read = parcel(tracking_numbers=["1", "2", None, "1"], tracking_urls=[None, "https://t.example/2"])
        assert (read.tracking_number, read.tracking_url) == ("1, 2", "https://t.example/2")

    def test_of_an_old_api_has_one_number_and_one_link(self) -> None:
        read = parcel(tracking_numbers=None, tracking_urls=None)
        assert read.tracking_number == "20450000000001"
        assert read.tracking_url == "https://tracking.example/20450000000001"

    @pytest.mark.parametrize("company", ("null-company", None, "Other", ""))
    def test_without_a_true_carrier_names_none(self, company: str | None) -> None:
        assert parcel(tracking_company=company).carrier == ""

    @pytest.mark.parametrize(
        ("changes", "at"),
        (
            ({"updated_at": None}, datetime(2026, 11, 20, 13, tzinfo=UTC)),
            ({"updated_at": "2026-11-21T00:00:00"}, datetime(2026, 11, 21, tzinfo=UTC)),
        ),
    )
    def test_has_the_age_its_body_says(self, changes: dict[str, Any], at: datetime) -> None:
        assert (parcel(**changes).updated_at, parcel(**changes).stages) == (at, {Stage.IN_TRANSIT: at})

    @pytest.mark.parametrize("nothing", (None, {}, [], "", "nonsense", [None], 7))
    @pytest.mark.parametrize("field", sorted(PARCEL.keys() - {"id", "order_id", "status"}))
    def test_survives_a_hole_in_any_field(self, field: str, nothing: object) -> None:
        assert parcel(**{field: nothing}).id == "5501"

    @pytest.mark.parametrize(
        ("changes", "reason"),
        (
            ({"id": None}, "no_fulfillment_id"),
            ({"order_id": None}, "no_order_id"),
            ({"created_at": None, "updated_at": None}, "no_time"),
            ({"fulfillment_id": 5501, "status": "label_printed"}, "not_a_fulfillment"),
            ({"status": None, "shipment_status": None}, "not_a_fulfillment"),
        ),
    )
    def test_is_unreadable_where_it_cannot_be_told_which_or_what_it_is(
        self, changes: dict[str, Any], reason: str
    ) -> None:
        with pytest.raises(Unreadable, match=f"^{reason}$"):
            parcel(**changes)
