"""Drives a running server with the public client `kazoo-sdk`, unchanged.

Usage: kazoo_sdk.py BASE_URL   (BASE_URL ends in /v2; the account "Home Inc." has a user admin:secret)

Every kind of document the client and the server both know is made, listed, read, changed and deleted; errors must
arrive as the client's own exceptions. Prints one line per check and exits 0, or fails with the assertion.
Not here: starting the server (`tests/http/public_client.rs`).
"""

import sys

import kazoo
from kazoo.exceptions import (KazooApiAuthenticationError, KazooApiBadDataError, KazooApiError)

HANGUP = {"module": "hangup", "data": {}, "children": {}}

# singular, plural, what to make, what to change
KINDS = [
    ("callflow", "callflows", {"name": "Main", "numbers": ["1001"], "flow": HANGUP}, "name"),
    ("conference", "conferences", {"name": "Weekly"}, "name"),
    ("device", "devices", {"name": "Desk", "sip": {"username": "desk", "password": "secret-1"}}, "name"),
    ("directory", "directories", {"name": "Staff"}, "name"),
    ("group", "groups", {"name": "Sales", "endpoints": {}}, "name"),
    ("media", "all_media", {"name": "Hello", "media_source": "upload"}, "name"),
    ("menu", "menus", {"name": "Day"}, "name"),
    ("temporal_rule", "temporal_rules", {"name": "Noon", "cycle": "daily"}, "name"),
    ("user", "users", {"first_name": "Ada", "last_name": "Byron"}, "first_name"),
    ("voicemail_box", "voicemail_boxes", {"name": "Box", "mailbox": "100"}, "name"),
]


def main(base_url):
    client = kazoo.Client(base_url=base_url, username="admin", password="secret", account_name="Home Inc.")
    client.authenticate()
    account = client.auth_data["data"]["account_id"]
    print("login: ok")

    for singular, plural, body, member in KINDS:
        make = getattr(client, "create_" + singular)
        made = make(account, body)
        assert made["status"] == "success" and made["revision"], made
        item = made["data"]["id"]
        rows = getattr(client, "get_" + plural)(account)["data"]
        assert item in [row["id"] for row in rows], (singular, rows)
        whole = getattr(client, "get_" + singular)(account, item)["data"]
        whole[member] = "Changed"
        changed = getattr(client, "update_" + singular)(account, item, whole)["data"]
        assert changed[member] == "Changed", changed
        gone = getattr(client, "delete_" + singular)(account, item)["data"]
        assert gone["_read_only"]["deleted"] is True, gone
        try:
            getattr(client, "get_" + singular)(account, item)
            raise AssertionError(singular + " is still there")
        except KazooApiError as error:
            assert "bad_identifier" in str(error), error
        print(singular + ": ok")

    try:
        client.create_callflow(account, {"name": "No number", "flow": HANGUP})
        raise AssertionError("a callflow without numbers was taken")
    except KazooApiBadDataError as error:
        assert "numbers" in str(error) and "at least one number" in str(error), error
    print("bad data: ok")

    child = client.create_account({"name": "Child", "realm": "child.sdk.test"})["data"]["id"]
    assert client.get_account(child)["data"]["realm"] == "child.sdk.test"
    children = client.get_account_children(account)["data"]
    assert child in [row["id"] for row in children], children
    client.delete_account(child)
    print("account: ok")

    try:
        kazoo.Client(base_url=base_url, username="admin", password="wrong", account_name="Home Inc.").authenticate()
        raise AssertionError("a wrong password was taken")
    except KazooApiAuthenticationError:
        print("wrong password: ok")


if __name__ == "__main__":
    main(sys.argv[1])
