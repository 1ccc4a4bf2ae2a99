import base64

import pytest

from sandbox.vapid_keys import pair


def test_a_pair_is_new_each_time_and_the_private_key_makes_the_public_one() -> None:
    private, public = pair()
    assert pair(private) == (private, public)
    assert pair()[0] != private
    assert base64.urlsafe_b64decode(f"{public}=")[:1] == b"\x04"


def test_what_is_no_key_is_refused() -> None:
    with pytest.raises(LookupError):
        pair("not a key")
