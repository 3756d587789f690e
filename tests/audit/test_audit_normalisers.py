"""Values that were scaled with the held-out rows included."""

import numpy as np
import pytest

from auditing import SCALED, audit, by, frame, listens, of_check, parted


@pytest.mark.parametrize("what", ["user", "item"])
@pytest.mark.parametrize("how", SCALED)
def test_normalisers(how, what):
    rows = listens(3)
    rows = rows[rows.groupby(f"{what}_id").value.transform("size") > 2]
    _, report = audit(**parted(by(rows, f"{what}_id", SCALED[how]), 3))
    texts = [one["text"] for one in of_check(report, "normaliser")]
    assert [f"scaled {how} of each {what}, held-out rows included" in text for text in texts] == [True]


@pytest.mark.parametrize("how", SCALED)
def test_a_normaliser_of_train_alone_is_no_leak(how):
    rows = listens(4)
    parts = parted(rows[rows.groupby("user_id").value.transform("size") > 4], 4)
    parts["train"] = by(parts["train"], "user_id", SCALED[how])
    assert audit(**parts)[0] == 0


def test_the_largest_by_hand():
    """A hundred users with values 1, .6, .5, .4, and for the first fifteen the 1 is in test."""
    rows = [(user, 4 * user + n, value) for user in range(100) for n, value in enumerate((1.0, 0.6, 0.5, 0.4))]
    held_out = [row[2] == (1 if row[0] < 15 else 0.5) for row in rows]
    names = ("user_id", "item_id", "value")
    test = frame([row for row, out in zip(rows, held_out, strict=True) if out], *names)
    train = frame([row for row, out in zip(rows, held_out, strict=True) if not out], *names)
    _, report = audit(train=train, test=test.sample(frac=1, random_state=0))
    (finding,) = of_check(report, "normaliser")
    assert (finding["count"], finding["of"]) == (15, 100) and "in train at most .6" in finding["text"]
    # seen in train alone, where the test file has no values
    _, report = audit(train=train, test=test[["user_id", "item_id"]])
    assert of_check(report, "normaliser")[0]["count"] == 15


def test_stars_from_1_to_5_are_no_normaliser():
    rows = listens(5)
    rows["value"] = np.random.default_rng(5).integers(1, 6, len(rows))
    assert not of_check(audit(**parted(rows, 5))[1], "normaliser")
