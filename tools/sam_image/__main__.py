"""`python -m tools.sam_image`: builds the image in which `sam local` runs functions, unless it exists."""

import sys

from tools.problems import LocalProblem
from tools.sam_image.image import TAG, ensure_image

if __name__ == "__main__":
    try:
        built = ensure_image()
    except LocalProblem as problem:
        sys.exit(f"sam image: {problem}")
    print(f"{TAG}: {'built' if built else 'up to date'}; use it with `sam local invoke --skip-pull-image`")
