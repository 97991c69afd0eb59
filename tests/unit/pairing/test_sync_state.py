"""What a sync records: it is read back as it was written, and not at all where it was changed."""

import json
from typing import Any

from nbship.core.pairing.sync_state import (
    KeptPicture,
    SyncState,
    digests_of,
    kept_pictures,
    parse_sync_state,
    render_sync_state,
    stale_pictures,
)
from nbship.digest import sha256

STATE = SyncState("# %%\né\n", "1", "2", "nbship")
FIELDS = {"text": "# %%\né\n", "source": "1", "notebook": "2", "tool": "nbship"}


def written(**fields: Any) -> bytes:
    """Return a state file with a digest that fits."""
    digest = sha256(json.dumps(fields, sort_keys=True).encode())
    return json.dumps({**fields, "digest": digest}).encode()


def test_a_state_is_json_that_people_can_read() -> None:
    data = render_sync_state(STATE)
    assert data.decode().splitlines()[:5] == [
        "{",
        ' "text": "# %%\\n\\u00e9\\n",',
        ' "source": "1",',
        ' "notebook": "2",',
        ' "tool": "nbship",',
    ]
    assert data.endswith(b'"\n}\n')
    assert parse_sync_state(data) == STATE


def test_a_state_is_known_whatever_the_order_and_the_blanks_of_its_keys() -> None:
    assert parse_sync_state(written(**FIELDS)) == STATE
    assert parse_sync_state(written(**dict(reversed(FIELDS.items())))) == STATE


def test_a_state_of_other_fields_or_kinds_is_none() -> None:
    for name in FIELDS:
        assert parse_sync_state(written(**{**FIELDS, name: 1})) is None
        assert parse_sync_state(written(**{k: v for k, v in FIELDS.items() if k != name})) is None
    assert parse_sync_state(written(**FIELDS, more="x")) is None


def test_the_pictures_of_a_state_are_read_back_and_damage_is_none() -> None:
    pictures = {"b.png": KeptPicture("1", is_made=True), "a": KeptPicture("2", is_made=False)}
    state = SyncState("", "", "", "", pictures)
    assert parse_sync_state(render_sync_state(state)) == state
    assert digests_of(pictures) == {"b.png": "1", "a": "2"}
    older: object
    for older in ("", {}):
        assert parse_sync_state(written(**FIELDS, pictures=older)) == STATE
    damaged: object
    entry: dict[str, object] = {"digest": "1", "is_made": True}
    for damaged in ("[", 3, [3], {"a": 3}, {"a": {}}, {"a": entry | {"digest": 1}},
                    {"a": entry | {"is_made": 1}}, {"a": entry | {"more": 1}}):  # fmt: skip
        assert parse_sync_state(written(**FIELDS, pictures=damaged)) is None


def test_only_a_picture_that_is_as_a_sync_wrote_it_is_removed() -> None:
    present = {"made.png": b"1", "shown.png": b"2", "edited.png": b"3", "mine.png": b"4"}
    last = {
        "made.png": KeptPicture(sha256(b"1"), is_made=True),
        "shown.png": KeptPicture(sha256(b"2"), is_made=True),
        "edited.png": KeptPicture(sha256(b"0"), is_made=True),
        "mine.png": KeptPicture(sha256(b"4"), is_made=False),
        "gone.png": KeptPicture(sha256(b"5"), is_made=True),
    }
    assert stale_pictures(last, present, {"shown.png"}) == ["made.png"]
    kept = kept_pictures(last, {**present, "new.png": b"6"}, ["new.png"])
    assert {name for name, each in kept.items() if each.is_made} == {
        "made.png", "shown.png", "new.png",
    }  # fmt: skip
    assert stale_pictures(kept, present, ()) == ["made.png", "shown.png"]
    assert digests_of(kept) == {name: sha256(data) for name, data in present.items()} | {
        "new.png": sha256(b"6")
    }
