# Receipts of what MLflow has, or of why it has it not.
#
# A store that does not answer costs no result: the receipt says so, and the table is made. From then on `failures` has
# another value, so that the same command sends again, and makes the table again. With `ancient` it would not, but then
# Snakemake 9.27 also leaves a table unmade that is missing, where nothing else is to be done (its issue 4166).
import json
from pathlib import Path


def receipts(name):
    """What a table waits for so that its runs are tracked: one receipt, or none where nothing is."""
    return [f"<results>/mlflow/{name}.json"] if config["tracking"] else []


def read_receipt(name):
    path = Path(RESULTS, "mlflow", f"{name}.json")
    try:
        return json.loads(path.read_text()) if path.exists() else {}
    except ValueError:
        refuse(f"{path} is no JSON; delete it and run again")


def failures(name):
    """How often the store did not take what the receipt is of."""
    return read_receipt(name).get("failures", 0)


def unsent():
    """Lines for the end of a run: what was to be sent and was not, and why."""
    lines = []
    for name in ("table1", "cv_summary", "leaderboard", "champion"):
        reason = read_receipt(name).get("unsent")
        if reason and config["tracking"]:
            what = "the champion" if name == "champion" else f"runs of {RESULTS}/{name}.csv"
            lines.append(
                f"warning: {what}: not sent to MLflow: {reason}; the same command then sends what is missing"
            )
    return lines


def tracked_files(wildcards):
    """Records, curves, test scores, figures and models of the runs of a table."""
    return {"table1": table1_files, "cv_summary": user_files, "leaderboard": league_files}[wildcards.table]()
