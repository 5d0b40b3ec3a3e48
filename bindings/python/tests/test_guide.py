"""Every example of the guide and of the README runs."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent.parent
BLOCK = re.compile(r"(?:<!-- needs (?P<needs>\w+) -->\n)?```python\n(?P<code>.*?)```", re.DOTALL)


def examples() -> list[object]:
    found = []
    for page in ("README.md", "guide.md"):
        text = (HERE / page).read_text()
        for at, block in enumerate(BLOCK.finditer(text), 1):
            found.append(pytest.param(block["needs"], block["code"], id=f"{page}-{at}"))
    return found


@pytest.mark.parametrize(("needs", "code"), examples())
def test_example_runs(needs: str | None, code: str) -> None:
    if needs and importlib.util.find_spec(needs) is None:
        pytest.skip(f"{needs} is not installed")
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == ""


def test_the_guide_has_the_three_programs() -> None:
    headings = re.findall(r"^## (.*)$", (HERE / "guide.md").read_text(), re.MULTILINE)
    assert {"A first list", "An agent's loop", "Who owns this port"} <= set(headings)


def test_the_guide_names_every_option() -> None:
    text = (HERE / "guide.md").read_text()
    import procnet

    with pytest.raises(TypeError) as caught:
        procnet.sockets(unknown=1)  # type: ignore[call-arg]
    options = str(caught.value).split("the options are ")[1].split(", ")
    assert len(options) > 10
    assert [option for option in options if f"`{option}`" not in text] == []
