def test_a_new_customer(api):
    answer = api.post("customers", email="jenny@example.com", metadata={"a": "1"})

    assert answer.status == 200
    assert answer.body["email"] == "jenny@example.com"
