"""The guides of docs/, rendered as pages of the local stack."""

from pathlib import Path

import pytest

from tools.local.docs.guides import file_of, page_of


@pytest.fixture
def guide(tmp_path: Path) -> Path:
    """A guide with text that looks like markup."""
    file = tmp_path / "guide.md"
    file.write_text(
        "# Ids & <names>\n\n<script>alert(1)</script>\n<!-- written from nothing: part -->\n\n"
        "[a](javascript:alert(2)) [b](../secret.md)\n\n## Refunds, late money and `dispute`\n\n"
        "```html\n<b>bold</b>\n```\n",
        encoding="utf-8",
    )
    return file


def test_html_in_a_guide_is_escaped(monkeypatch: pytest.MonkeyPatch, guide: Path) -> None:
    monkeypatch.setattr("tools.local.docs.guides.GUIDES", guide.parent)
    page = page_of(guide)

    assert "<title>Ids &amp; &lt;names&gt; - microshop</title>" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "&lt;b&gt;bold&lt;/b&gt;" in page
    assert 'href="javascript' not in page
    assert "written from nothing" not in page


def test_link_is_plain_text_unless_its_target_is_a_guide(monkeypatch: pytest.MonkeyPatch, guide: Path) -> None:
    monkeypatch.setattr("tools.local.docs.guides.GUIDES", guide.parent)

    assert "<span>b</span>" in page_of(guide)


def test_heading_has_the_anchor_that_github_gives_it(monkeypatch: pytest.MonkeyPatch, guide: Path) -> None:
    monkeypatch.setattr("tools.local.docs.guides.GUIDES", guide.parent)

    assert '<h2 id="refunds-late-money-and-dispute">' in page_of(guide)


@pytest.mark.parametrize("name", ["../README", "/etc/hostname", "decisions", "nothing", "", "\0"])
def test_file_outside_the_documents_is_not_found(name: str) -> None:
    assert file_of(name) is None


def test_guide_in_a_folder_is_found_by_its_path() -> None:
    assert file_of("decisions/0048-http-responses") is not None
