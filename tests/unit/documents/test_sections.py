"""Generated sections of files, between two marker comments."""

import pytest

from tools.documents.sections import with_parts

_YAML = """\
Queues:
  # written from table.yaml: queues
  - old
  # end: queues
  - by hand
"""
_MARKDOWN = "<!-- written from table.yaml: rows -->\n| old |\n<!-- end: rows -->\n"


def test_section_is_replaced_and_indented_like_its_marker() -> None:
    text = with_parts(_YAML, "table.yaml", {"queues": "- Mail:\n    - a\n- Count\n"})

    assert text == _YAML.replace("  - old\n", "  - Mail:\n      - a\n  - Count\n")


def test_section_of_a_document_is_written_between_its_comments() -> None:
    assert with_parts(_MARKDOWN, "table.yaml", {"rows": "| new |"}) == _MARKDOWN.replace("old", "new")


def test_sections_of_another_source_stay_unchanged() -> None:
    text = with_parts(_YAML + _MARKDOWN.replace("table.yaml", "others.yaml"), "table.yaml", {"queues": "- new"})

    assert "| old |" in text
    assert "- new" in text


@pytest.mark.parametrize("parts", [{}, {"rules": "- new"}, {"queues": "- new", "rules": "- new"}])
def test_section_without_markers_and_marker_without_a_section_are_refused(parts: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="sections in the file for"):
        with_parts(_YAML, "table.yaml", parts)


def test_section_without_an_end_is_refused() -> None:
    with pytest.raises(ValueError, match="sections in the file for"):
        with_parts(_YAML.replace("# end: queues", ""), "table.yaml", {"queues": "- new"})
