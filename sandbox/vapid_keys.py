"""Makes the keys that web push needs, or tells the public one of a private: python -m sandbox.vapid_keys."""

import argparse

from aftercart.channels.push_crypto import base64url, new_key, point, private_key


def pair(private: str = "") -> tuple[str, str]:
    """Private and public, in base64url. LookupError where what is given is no private key."""
    key = private_key(private) if private else new_key()
    secret = key.private_numbers().private_value.to_bytes(32, "big")
    return base64url(secret), base64url(point(key))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox.vapid_keys", description=__doc__)
    parser.add_argument("private", nargs="?", default="", help="a private key that you have already")
    private, public = pair(parser.parse_args().private)
    print(f"vapid_private_key, a field of the secret: {private}\ndata-key, on the shop's page: {public}")


if __name__ == "__main__":
    main()
