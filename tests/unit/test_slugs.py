import re

import pytest

from microshop.slugs import MAX_SLUG_LENGTH, SLUG_PATTERN, slug_of


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Linen Shirt", "linen-shirt"),
        ("Café crème & más", "cafe-creme-mas"),
        ("Men's 100% wool", "mens-100-wool"),
        ("茶馆 Hangzhou", "hangzhou"),
        ("衬衫", ""),
        ("1984", ""),
    ],
)
def test_slug_of_a_name(name: str, slug: str) -> None:
    assert slug_of(name) == slug


def test_slug_of_a_long_name_is_cut_and_valid() -> None:
    slug = slug_of("very long name " * 20)
    assert len(slug) <= MAX_SLUG_LENGTH
    assert re.match(SLUG_PATTERN, slug)
