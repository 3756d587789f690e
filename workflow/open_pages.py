"""Let a report of Snakemake open pages of any size, and put it where it belongs.

Snakemake shows a page in a frame by a data: address, which Chromium blocks beyond 2 MB; a blob: address has no limit.

    snakemake --report results/.report.html && python workflow/open_pages.py results/.report.html results/report.html
"""

import argparse
import sys
from pathlib import Path

END = "</body>"
SCRIPT = """<script>
new MutationObserver(changes => {
  for (const frame of document.querySelectorAll("iframe[src^='data:text/html']")) {
    const source = frame.src;
    frame.removeAttribute("src");
    fetch(source).then(page => page.blob()).then(page => {
      frame.src = URL.createObjectURL(new Blob([page], {type: "text/html;charset=utf-8"}));
    });
  }
}).observe(document.body, {childList: true, subtree: true});
</script>
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, help="the report, which is gone afterwards")
    parser.add_argument("target", type=Path)
    args = parser.parse_args()
    try:
        before, end, after = args.source.read_text(encoding="utf-8").rpartition(END)
        if not end:
            sys.exit(f"error: {args.source}: no report of Snakemake, for it has no {END}; make it again")
        opened = args.source.with_name(f"{args.source.name}.opened")
        opened.write_text(before + SCRIPT + end + after, encoding="utf-8")
        opened.replace(args.target)
        args.source.unlink()
    except (OSError, UnicodeDecodeError) as error:
        sys.exit(f"error: {error}; see to it and make the report again")


if __name__ == "__main__":
    main()
