"""A fixed version of Mermaid, the library with which GitHub renders diagrams, and pages that use it.

The library comes from the package index, in a wheel with a locked hash; none of the wheel's code runs. The file is
identical to `dist/mermaid.min.js` of npm's `mermaid@11.16.0`, which its hash proves.
"""

import hashlib
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_VERSION = "11.16.0"
_LOCK = Path(__file__).with_name("mermaid.txt")
_SHA256 = "74d7c46dabca328c2294733910a8aa1ed0c37451776e8d5295da38a2b758fb9b"
_BLOCK = re.compile(r"^```mermaid\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Diagram:
    """A diagram in a document, and its place: file and line."""

    place: str
    source: str


def diagrams_of(file: Path, name: str) -> list[Diagram]:
    """The diagrams of a Markdown file. `name` is the file's name in their places."""
    text = file.read_text(encoding="utf-8")
    return [Diagram(f"{name}:{text[: found.start()].count('\n') + 2}", found[1]) for found in _BLOCK.finditer(text)]


def library() -> Path:
    """mermaid.min.js, from the cache or the package index."""
    folder = Path.home() / ".cache" / "microshop" / f"mermaid-{_VERSION}"
    script = folder / "artoo_mermaid" / "assets" / "mermaid.min.js"
    if not _is_right(script):
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
        command += ["--only-binary", ":all:", "--upgrade", "--target", str(folder), "--requirement", str(_LOCK)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"mermaid could not be installed from the package index: {done.stderr}"
    assert _is_right(script), f"{script} is not mermaid {_VERSION}"
    return script


def page_that_draws(diagrams: list[Diagram], script: Path) -> str:
    """HTML that renders the diagrams, and lists in `#drawn` as JSON the error ("" if none), size and text of each."""
    sources = json.dumps([diagram.source for diagram in diagrams]).replace("<", "\\u003c")
    return _PAGE.replace("SCRIPT", script.as_uri()).replace("SOURCES", sources)


def _is_right(script: Path) -> bool:
    return script.is_file() and hashlib.sha256(script.read_bytes()).hexdigest() == _SHA256


_PAGE = """<!doctype html>
<meta charset="utf-8">
<title>diagrams</title>
<script src="SCRIPT"></script>
<pre id="drawn"></pre>
<main></main>
<script>
  mermaid.initialize({startOnLoad: false, securityLevel: "strict"});
  const draw = async (source, number) => {
    const place = document.createElement("section");
    document.querySelector("main").append(place);
    try {
      place.innerHTML = (await mermaid.render(`diagram${number}`, source)).svg;
    } catch (error) {
      return {wrong: String(error.message || error), width: 0, height: 0, text: ""};
    }
    const {width, height} = place.querySelector("svg").getBoundingClientRect();
    return {wrong: "", width, height, text: place.textContent};
  };
  (async () => {
    const drawn = [];
    for (const [number, source] of SOURCES.entries()) drawn.push(await draw(source, number));
    document.querySelector("#drawn").textContent = JSON.stringify(drawn);
  })();
</script>
"""
