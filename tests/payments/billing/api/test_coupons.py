from customers.kit import clock


def make(api, **params):
    answer = api.post("coupons", {"percent_off": 25, **params})
    assert answer.status == 200, answer.body
    return answer.body


def test_a_coupon_is_shown_as_it_was_made(api):
    before = int(clock.now().timestamp())

    made = make(api, id="SPRING-25", name="Spring", duration="repeating", duration_in_months=3)

    assert before <= made.pop("created") <= before + 60
    assert made == {
        "id": "SPRING-25",
        "object": "coupon",
        "amount_off": None,
        "currency": None,
        "duration": "repeating",
        "duration_in_months": 3,
        "livemode": False,
        "max_redemptions": None,
        "metadata": {},
        "name": "Spring",
        "percent_off": 25,
        "redeem_by": None,
        "times_redeemed": 0,
        "valid": True,
    }
    assert api.get("coupons/SPRING-25").body["id"] == "SPRING-25"
    assert api.get("coupons").ids == ["SPRING-25"]
