# Which explanations the config asks for, as files.


def explained(key, *names):
    """Files in the folders of the runs that config.explanations has under key; of lists, so none without them."""
    if FEATURES == "none":
        return []
    folders = [run.split("/") for run in EXPLANATIONS[key]]
    return [
        f"<results>/explanations/{task}/{FEATURES}/{model}/{split}/{name}"
        for task, model, split in folders
        for name in names
    ]


# A task, where the path that it stands in goes on as that of an explained run.
EXPLAINED_RUNS = {
    f"{task}/{FEATURES}/{rest}"
    for key in ("attention", "single_users", "whole_set")
    for task, _, rest in (run.partition("/") for run in EXPLANATIONS[key])
}
EXPLAINED_TASK = rf"(?=({'|'.join(sorted(EXPLAINED_RUNS))})/)(region|artists_\d+)" if EXPLAINED_RUNS else "none"


def figures_of_users(what):
    return [f"{what}_{user}.png" for user in EXPLANATIONS["users"]]


# Of likings; one's own listens have other users, who are explained by hand.
EXPLAINED_LIKINGS = [
    f"<results>/explanations/liking/user_{user}/{file}"
    for user in ([] if "listens" in config else EXPLANATIONS["liking"]["users"])
    for file in ("liking.csv", "liking_fidelity.csv", "liking.png")
]
EXPLAINED = [
    *explained("attention", "attention.csv", "attention_fidelity.csv", *figures_of_users("attention")),
    *explained("single_users", "users.csv", "users_fidelity.csv", *figures_of_users("users")),
    *explained("whole_set", "features.csv", "features_fidelity.csv", "features.png"),
]
