"""The graph filter in whose order artists are recommended, by the run that chose its settings on validation."""

from dataclasses import dataclass
from pathlib import Path

from lastfm_gnn.core.run_record import read_record
from lastfm_gnn.core.settings import read_settings
from lastfm_gnn.ranking.graph_filter import FilterSettings


@dataclass(frozen=True)
class FilterRun:
    """seed: that numbers users and artists."""

    seed: int
    filter: FilterSettings

    @staticmethod
    def read(path: Path) -> "FilterRun":
        """From its run.json. Raises InputError where it is of no graph filter."""
        recorded = read_record(path, "seed")
        return FilterRun(
            recorded["identity"]["seed"],
            read_settings(FilterSettings, recorded["settings"], f"the filter of {path}"),
        )
