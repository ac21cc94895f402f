"""The one exception of this package."""


class ImageProblem(Exception):
    """The image cannot be made here; the text is one sentence that says what to do."""
