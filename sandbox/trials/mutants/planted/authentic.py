"""Authentic: signatures, secrets, and a page that acts on POST alone."""

from sandbox.trials.mutants.planted.bug import AWS, DOMAIN, Bug

HANDLERS = "tests/functions/test_handlers.py::"
SETTINGS = "tests/aftercart/aws/test_settings.py::"
COMPARED = "tests/aftercart/test_signatures.py"

AUTHENTIC = (
    Bug(
        name="signatures are compared with ==",
        breaks="Authentic: how long a comparison takes tells nothing of the signature.",
        file="shared/aftercart/channels/signatures.py",
        edits=(
            (
                'return hmac.compare_digest(received.encode("utf-8", "replace"), expected)',
                'return received.encode("utf-8", "replace") == expected',
            ),
        ),
        tests=(COMPARED,),
    ),
    Bug(
        name="a shop's signature is compared with ==",
        breaks="Authentic: how long a comparison takes tells nothing of the signature.",
        file="shared/aftercart/shops/shopify.py",
        edits=(
            ("hmac.compare_digest(base64.b64encode(digest), given)", "base64.b64encode(digest) == given"),
        ),
        tests=(COMPARED,),
    ),
    Bug(
        name="a link's tag is compared with ==",
        breaks="Authentic: how long a comparison takes tells nothing of the tag.",
        file=DOMAIN + "links.py",
        edits=(("hmac.compare_digest(tag, each) for each", "tag == each for each"),),
        tests=(COMPARED,),
    ),
    Bug(
        name="a forged request is refused and taken",
        breaks="Authentic: a bad signature is 401 and nothing else.",
        file=AWS + "shop_webhook.py",
        edits=(('        return unauthorized("shopify")\n', '        unauthorized("shopify")\n'),),
        tests=(HANDLERS + "test_a_changed_byte_is_refused",),
    ),
    Bug(
        name="an empty secret signs",
        breaks="Authentic: a key that is empty signs nothing, for anyone could.",
        file="shared/aftercart/channels/signatures.py",
        edits=(("[secret for secret in secrets if secret]", "[*secrets]"),),
        tests=("tests/aftercart/channels/test_kit_hears.py", COMPARED),
    ),
    Bug(
        name="a secret is kept for ever",
        breaks="Authentic: secrets are cached five minutes, so that a rotation arrives by itself.",
        file=AWS + "settings.py",
        edits=(("        if self._older_than(KEPT):\n", "        if self._read_at is None:\n"),),
        tests=(SETTINGS + "test_a_key_is_read_again_after_five_minutes",),
    ),
    Bug(
        name="each mismatch asks for the secret again",
        breaks="Authentic: a mismatch refreshes at most once a minute, whoever sends forgeries.",
        file=AWS + "settings.py",
        edits=(("        if not self._older_than(ASKED_AGAIN):\n            return False\n", ""),),
        tests=(SETTINGS + "test_a_mismatch_asks_again_once_a_minute",),
    ),
    Bug(
        name="a secret out of reach locks everyone out",
        breaks="Authentic: where the secrets' service is out of reach, what is at hand serves on.",
        file=AWS + "settings.py",
        edits=(
            (
                "            if not self._values:\n                raise",
                "            if True:\n                raise",
            ),
        ),
        tests=(SETTINGS + "test_a_key_at_hand_serves_on_while_the_service_is_out_of_reach",),
    ),
    Bug(
        name="a page acts on GET",
        breaks="Rules of the trade: a page acts on POST only, for scanners follow links.",
        file="functions/customer_pages/handler.py",
        edits=(
            (
                '    if request.method == "POST":\n        form = _form(request)\n',
                "    if form := {name: [each] for name, each in request.query.items()} or _form(request):\n",
            ),
        ),
        tests=(HANDLERS + "test_a_page_that_is_only_opened_does_nothing_whatever_its_address_says",),
    ),
    Bug(
        name="a link for ever",
        breaks="Rules of the trade: a page's link expires.",
        file="shared/aftercart/flows/pages.py",
        edits=(("    if world.clock.now() > message.created_at + SHOWN_FOR:\n", "    if False:\n"),),
        tests=("tests/aftercart/flows/test_replies.py::test_a_page_ends_after_its_time",),
    ),
    Bug(
        name="a bomb is parsed",
        breaks="Authentic: what we cannot read costs little, whoever signed it.",
        file="shared/aftercart/bounds.py",
        edits=(("    if brackets:\n        raise", "    if brackets == b'[':\n        raise"),),
        tests=(
            "tests/aftercart/shops/test_bodies.py::TestRefusedBodies::test_a_body_may_be_so_deep_and_no_deeper",
        ),
    ),
    Bug(
        name="a link into a network is shown",
        breaks="Authentic: an authentic sender may be wrong; no link leads customers into a network.",
        file=DOMAIN + "links.py",
        edits=((" and found[1].lower() not in _INTERNAL", ""),),
        tests=("tests/promises/test_hostile_words.py::test_a_link_is_shown_where_its_host_looks_public",),
    ),
)
