"""What the tests of audit_split share: rows of small splits, and the audit of them."""

import json
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

import audit_split
from lastfm_gnn.audit.split_files import read_split

NOTHING = dict.fromkeys(("user", "item", "value", "time"))


def frame(rows, *names):
    return pd.DataFrame(rows, columns=names or ("user_id", "item_id"))


def run(*options):
    """Exit status, and what is printed as JSON."""
    with redirect_stdout(StringIO()) as printed:
        try:
            audit_split.main([*map(str, options), "--format=json"])
            status = 0
        except SystemExit as ended:
            status = ended.code
    return status, json.loads(printed.getvalue())


def audit(*options, **parts):
    """Exit status and findings of frames, each a part."""
    with TemporaryDirectory() as folder:
        for part, rows in parts.items():
            rows.to_csv(f"{folder}/{part}.csv", index=False)
        status, content = run(*(f"--{part}={folder}/{part}.csv" for part in parts), *options)
    assert content["leaks"] == sum(one["severity"] == "leak" for one in content["findings"])
    assert status == (3 if content["leaks"] else 0)
    return status, content["findings"]


def findings(**parts):
    """Of frames, as the library has them."""
    with TemporaryDirectory() as folder:
        for part, rows in parts.items():
            rows.to_parquet(f"{folder}/{part}.parquet")
        split = read_split({part: Path(folder) / f"{part}.parquet" for part in parts}, NOTHING, False)
    return audit_split.findings(split, False, None)


def of_check(report, check):
    return [one for one in report if one["check"] == check]


def checks(report, severity):
    return sorted({one["check"] for one in report if one["severity"] == severity})


def listens(seed, users=60, items=80, rows=1200):
    """Pairs, each once, in random order, of users of different activity and items of different popularity, whose ids
    are random, with random values."""
    random = np.random.default_rng(seed)
    user = random.choice(users, 4 * rows, p=random.dirichlet(np.full(users, 2.0)))
    item = random.choice(items, 4 * rows, p=random.dirichlet(np.full(items, 1.0)))
    pairs = pd.DataFrame({"user": user, "item": item}).drop_duplicates()[:rows]
    names = 1 + random.permutation(10 * users)[:users], 1 + random.permutation(10 * items)[:items]
    taste = random.normal(size=users)[pairs.user] + random.normal(size=items)[pairs["item"]]
    return pd.DataFrame(
        {
            "user_id": names[0][pairs.user],
            "item_id": names[1][pairs["item"]],
            "value": np.exp(taste + random.normal(size=len(pairs))),
        }
    )


def parted(rows, seed):
    random = np.random.default_rng([seed, 1])
    drawn = rows.iloc[random.permutation(len(rows))]
    return {"train": drawn[: int(0.8 * len(rows))], "test": drawn[int(0.8 * len(rows)) :]}


def by(rows, what, how):
    return rows.assign(value=rows.groupby(what).value.transform(how))


SCALED = {
    "by the largest": lambda values: values / values.max(),
    "to the range": lambda values: (values - values.min()) / max(np.ptp(values), 1e-9),
    "by the sum": lambda values: values / values.sum(),
    "by the mean": lambda values: values - values.mean(),
    "to z-scores": lambda values: (values - values.mean()) / values.std(ddof=0),
    "by the length": lambda values: values / np.sqrt((values**2).sum()),
}
