"""`python -m tools.sam_image` makes the image that `sam local` runs the functions in, unless it is there."""

import sys

from tools.problems import LocalProblem
from tools.sam_image.image import TAG, ensure_image

if __name__ == "__main__":
    try:
        made = ensure_image()
    except LocalProblem as problem:
        sys.exit(f"sam image: {problem}")
    print(f"{TAG}: {'made' if made else 'up to date'}; use it with `sam local invoke --skip-pull-image`")
