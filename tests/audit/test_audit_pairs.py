"""The same pair in two parts, twins, cold users, time, messages and edges, each on a small example."""

import pandas as pd

from auditing import audit, checks, frame, of_check


def test_the_same_pair_in_two_parts():
    train = frame([(1, 1, 5.0), (1, 2, 3.0), (2, 1, 4.0)], "user_id", "item_id", "rating")
    test = frame([(1, 2, 3.0), (2, 1, 1.0), (2, 2, 2.0)], "user_id", "item_id", "rating")
    status, report = audit(train=train, test=test)
    (finding,) = of_check(report, "same_pair")
    assert (status, finding["count"], finding["of"]) == (3, 2, 3)
    assert finding["example"] == {"user_id": 1, "item_id": 2, "rating": 3.0}
    assert finding["text"].startswith(
        "2 of 3 test rows (66.7 %) are in train, too, 1 of them with the same rating, such as user_id 1, item_id 2"
    )


def test_valid_is_held_against_both():
    parts = {"train": [(1, 1), (1, 2)], "valid": [(1, 1), (2, 2)], "test": [(2, 2), (2, 1)]}
    _, report = audit(**{part: frame(rows) for part, rows in parts.items()})
    assert [one["text"].split(",")[0] for one in of_check(report, "same_pair")] == [
        "1 of 2 valid rows (50 %) are in train",
        "1 of 2 test rows (50 %) are in valid",
    ]


def test_repeated_events_are_named():
    _, report = audit(train=frame([(1, 1), (1, 1)]), test=frame([(1, 1)]))
    assert "pairs repeat within train" in of_check(report, "same_pair")[0]["text"]


def test_reversed_twins_of_an_undirected_graph():
    train = frame([(1, 2), (3, 1), (2, 3), (3, 2), (9, 9)], "source", "target")
    _, report = audit(train=train, test=frame([(2, 1), (1, 3), (4, 4)], "source", "target"))
    (finding,) = of_check(report, "reversed_twin")
    assert (finding["severity"], finding["count"], finding["of"]) == ("leak", 2, 3)
    # under other names a column must say that both ends are of one set
    renamed = {"source": "user_id", "target": "item_id"}
    parts = {"train": train.rename(columns=renamed), "test": frame([(2, 1)])}
    assert not of_check(audit(**parts)[1], "reversed_twin")
    assert of_check(audit("--one-set", **parts)[1], "reversed_twin")


def test_edges_that_are_returned_now_and_then_are_no_leak():
    train = frame([(1, 2), *((1, n) for n in range(10, 20))], "source", "target")
    status, report = audit(train=train, test=frame([(2, 1), (2, 5)], "source", "target"))
    assert (status, of_check(report, "reversed_twin")[0]["severity"]) == (0, "note")


def test_twins_by_direction():
    names = ("user_id", "artist_id", "liking", "direction")
    train = frame([(1, 2, 0.5, "there"), (1, 3, 0.25, "back")], *names)
    test = frame([(1, 2, 0.5, "back"), (2, 1, 1.0, "there")], *names)
    _, report = audit(train=train, test=test)
    assert [one["count"] for one in of_check(report, "reversed_twin")] == [1]
    assert "1 of them with the same liking" in report[0]["text"]
    assert not of_check(report, "same_pair")


def test_cold_users_and_items_are_notes():
    status, report = audit(train=frame([(1, 1), (2, 2)]), test=frame([(1, 3), (3, 1), (3, 4), (1, 2)]))
    assert status == 0 and checks(report, "note") == ["cold"]
    users, items = of_check(report, "cold")
    assert (users["count"], users["of"]) == (1, 2) and "2 of 4 test rows (50 %)" in users["text"]
    assert (items["count"], items["of"]) == (2, 4)


def test_future_before_past():
    names = ("user", "item", "timestamp")
    train = frame([(1, 1, 10), (1, 2, 30), (2, 1, 20)], *names)
    status, report = audit(train=train, test=frame([(1, 3, 20), (2, 2, 25)], *names))
    assert [(one["check"], one["count"], one["of"]) for one in report if one["severity"] == "leak"] == [
        ("future", 1, 2),
        ("future_of_others", 1, 3),
    ]
    # each user's last row: nobody's own future, but that of others
    _, report = audit(train=train, test=frame([(1, 3, 40), (2, 2, 25)], *names))
    assert checks(report, "leak") == ["future_of_others"]
    status, report = audit(train=train, test=frame([(1, 3, 30), (2, 2, 31)], *names))
    assert status == 0


def test_dates():
    train = frame([(1, 1, "2011-05-30"), (1, 2, "2011-06-01T10:00:00Z")], "user", "item", "date")
    _, report = audit(train=train, test=frame([(1, 3, "2011-06-01")], "user", "item", "date"))
    assert checks(report, "leak") == ["future", "future_of_others"]


def test_messages():
    names = ("user_id", "item_id", "rating")
    train, test = frame([(1, 1, 0.1), (1, 2, 0.2), (2, 1, 0.3)], *names), frame([(2, 2, 0.4), (1, 3, 0.7)], *names)
    assert audit(train=train, test=test, messages=train)[0] == 0
    _, report = audit(train=train, test=test, messages=pd.concat([train, test[:1]]))
    (finding,) = of_check(report, "messages")
    assert (finding["severity"], finding["count"], finding["of"]) == ("leak", 1, 2)
    assert "same rating" in finding["text"]
    # which pairs there are, without what is predicted of them
    status, report = audit(train=train, test=test, messages=pd.concat([train, test])[["user_id", "item_id"]])
    assert (status, of_check(report, "messages")[0]["severity"]) == (0, "note")
    # rows of train that the model does not see
    _, report = audit(train=train, test=test, messages=train[1:])
    assert (of_check(report, "messages")[0]["count"], of_check(report, "messages")[0]["severity"]) == (1, "note")


def test_messages_of_one_set_are_read_both_ways():
    train, test = frame([(1, 2), (2, 3)], "source", "target"), frame([(1, 3)], "source", "target")
    _, report = audit(train=train, test=test, messages=frame([(2, 1), (3, 2), (3, 1)], "source", "target"))
    assert [(one["severity"], one["count"]) for one in of_check(report, "messages")] == [("leak", 1)]


def test_edges_that_run_by_id():
    users = {"train": frame([(n,) for n in range(15)], "user"), "test": frame([(n,) for n in range(15, 30)], "user")}
    edges = frame([(n, n + 1) for n in range(28)], "source", "target")
    status, report = audit(**users, edges=edges)
    (finding,) = of_check(report, "one_way")
    assert (status, finding["severity"], finding["count"], finding["of"]) == (3, "leak", 1, 15)  # user 29
    assert of_check(report, "transductive")[0]["count"] == 14
    both = pd.concat([edges, edges.rename(columns={"source": "target", "target": "source"})])
    assert audit(**users, edges=both)[0] == 0
