"""Write the tables of config/README.md from the schema, which describes every key, and the default config.

`make config_tables` runs this after a change of either. What several keys share is a table of its own.
"""

from collections.abc import Iterator
from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent
README = ROOT / "config/README.md"
START, END = "<!-- made by make config_tables -->\n", "<!-- end -->\n"
LONGEST = 10  # values of a list that is shown


def shown(value: object) -> str:
    """A default: a number, a word, or a short list of them."""
    values = value if isinstance(value, list) else [value]
    if value is None or len(values) > LONGEST or any(isinstance(one, (dict, list)) for one in values):
        return ""
    return f"`{', '.join(str(one).lower() if isinstance(one, bool) else str(one) for one in values)}`"


def rows(part: dict, definitions: dict, config: object, path: str = "") -> Iterator[str]:
    """A row a key, in the order of the schema; * stands for names of one's own."""
    children = dict(part.get("properties", {}))
    if isinstance(part.get("additionalProperties"), dict):
        children["*"] = part["additionalProperties"]
    for name, child in children.items():
        refers = [one["$ref"] for one in [child, *child.get("allOf", [])] if "$ref" in one]
        shared = refers[0].rpartition("/")[2] if refers else None
        whole = definitions[shared] | child if shared else child
        value = config.get(name) if isinstance(config, dict) else None
        has_own_table = shared and "properties" in definitions[shared]
        if "description" in whole and name != "*":
            meaning = whole["description"].rstrip(".")
            meaning += f": {', '.join(f'`{word}`' for word in whole['enum'])}" if "enum" in whole else ""
            meaning += f"; see [{shared}](#{shared})" if has_own_table else ""
            yield f"| `{path}{name}` | {meaning} | {shown(value)} |"
        if not has_own_table:
            yield from rows(whole, definitions, value, f"{path}{name}.")


def tables() -> str:
    schema = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text(encoding="utf-8"))
    config = yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8"))
    definitions = schema["definitions"]
    lines = ["| key | meaning | default |", "| --- | --- | --- |", *rows(schema, definitions, config)]
    for name, part in definitions.items():
        if "properties" in part:
            lines += ["", f"### {name}", part["description"], "", "| key | meaning |", "| --- | --- |"]
            lines += [row.removesuffix("  |") for row in rows(part, definitions, None)]
    return "\n".join(lines) + "\n"


def main() -> None:
    before, _, rest = README.read_text(encoding="utf-8").partition(START)
    _, _, after = rest.partition(END)
    README.write_text(f"{before}{START}\n{tables()}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
