"""Prints what each function loads at start: `python -m tests.benchmarks.loaded_modules`."""

from tests.support.loaded_modules import function_files, loaded_modules

_TELLING = ("hiredis", "pymysql", "aws_lambda_powertools", "pydantic", "argon2", "boto3")


def main() -> None:
    """A table in Markdown, a row a function."""
    print("| function | modules | of them |")
    print("|---|---|---|")
    for file in function_files():
        loaded = loaded_modules(file)
        print(f"| {file.parent.name}/{file.stem} | {len(loaded)} | {', '.join(sorted(loaded & set(_TELLING)))} |")


if __name__ == "__main__":
    main()
