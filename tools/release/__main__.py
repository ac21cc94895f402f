"""The command line of a release: `python -m tools.release ready|bytecode|parameters|changes|…`."""

import argparse
from pathlib import Path

from tools import ROOT
from tools.problems import exit_on_problem
from tools.release.aws import changes, protect
from tools.release.bytecode import compile_functions
from tools.release.code_version import code_version, parameters_in, write_parameters
from tools.release.contradictions import check_stage
from tools.release.notes import check_version, notes_of
from tools.release.readiness import preflight
from tools.templates import stages

_STAGE_FILES = ROOT / "infra" / "stages"


def main() -> None:
    """Run the subcommand."""
    arguments = _parser().parse_args()
    with exit_on_problem("release"):
        arguments.command(arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.release", description=__doc__)
    commands = parser.add_subparsers(required=True)

    beginning = commands.add_parser("ready", help="check before the build what would stop the deployment")
    beginning.add_argument("--goal", choices=("build", "deploy", "changes"), default="build")
    beginning.add_argument("--stage", help=f"for deploy and changes: one of {', '.join(stages.NAMES)}")
    beginning.add_argument("--first", action="store_true", help="deploy without deletion protection")
    beginning.set_defaults(command=_check_readiness)

    compiling = commands.add_parser("bytecode", help="compile the functions in .aws-sam/build")
    compiling.set_defaults(command=_compile)

    hashing = commands.add_parser("code-version", help="print the hash of what would be deployed")
    hashing.add_argument("--build", type=Path, default=ROOT / ".aws-sam" / "build", help="default: .aws-sam/build")
    hashing.add_argument("--stage-file", type=Path, required=True, help="such as infra/stages/prod.yaml")
    hashing.add_argument("--redeploy", default="", metavar="REASON", help="any text: publish unchanged functions too")
    hashing.set_defaults(command=_print_code_version)

    writing = commands.add_parser("parameters", help="write .aws-sam/parameters/<stage>.yaml, for `sam deploy`")
    writing.add_argument("--redeploy", default="", metavar="REASON", help="any text: publish unchanged functions too")
    writing.add_argument(
        "--alarms", choices=("on", "off"), default="on", help="off: alarms neither refuse nor roll back this deployment"
    )
    writing.set_defaults(command=_write_parameters)

    looking = commands.add_parser("changes", help="print what a deployment would replace or remove, in every stack")
    looking.add_argument("--stage", required=True, choices=stages.NAMES)
    looking.add_argument("--template", type=Path, required=True, help="the output of `sam package`")
    looking.set_defaults(command=_print_changes)

    protecting = commands.add_parser("protect", help="protect the stack if the stage protects its database")
    protecting.add_argument("--stage", required=True, choices=stages.NAMES)
    protecting.set_defaults(command=_protect)

    noting = commands.add_parser("notes", help="print the section of a version in CHANGELOG.md")
    noting.add_argument("--version", required=True, type=_version)
    noting.set_defaults(command=_print_notes)

    checking = commands.add_parser("check", help="check that pyproject.toml and CHANGELOG.md are ready for a version")
    checking.add_argument("--version", required=True, type=_version)
    checking.set_defaults(command=_check)
    return parser


def _version(text: str) -> str:
    """Returns 1.2.0 for `1.2.0` and for the tag `v1.2.0`."""
    return text.removeprefix("v")


def _check_readiness(arguments: argparse.Namespace) -> None:
    _check_stages()
    if arguments.goal != "build":
        for line in preflight(arguments.goal, str(arguments.stage), first=arguments.first):
            print(line, flush=True)


def _check_stages() -> None:
    for stage in sorted(_STAGE_FILES.glob("*.yaml")):
        check_stage(ROOT / "template.yaml", stage.stem, parameters_in(stage))


def _compile(_arguments: argparse.Namespace) -> None:
    compile_functions(ROOT / ".aws-sam" / "build")


def _print_code_version(arguments: argparse.Namespace) -> None:
    print(code_version(arguments.build, arguments.stage_file, redeploy=arguments.redeploy))


def _write_parameters(arguments: argparse.Namespace) -> None:
    built = ROOT / ".aws-sam"
    alarms = arguments.alarms == "on"
    folder = built / "parameters"
    _check_stages()
    for file in write_parameters(built / "build", _STAGE_FILES, folder, redeploy=arguments.redeploy, alarms=alarms):
        print(f"wrote {file.relative_to(ROOT)}")
    if not alarms:
        print("alarms are off: all traffic moves at once, and no alarm rolls this deployment back")


def _print_changes(arguments: argparse.Namespace) -> None:
    file = ROOT / ".aws-sam" / "parameters" / f"{arguments.stage}.yaml"
    all_changes = changes(f"microshop-{arguments.stage}", arguments.template.read_text("utf-8"), parameters_in(file))
    destructive = [change for change in all_changes if change.is_destructive]
    for change in destructive:
        effect = "removed" if change.action == "Remove" else f"replaced: {change.replaced}"
        print(f"{change.stack}  {change.logical_id}  {change.kind}  {effect}")
    print(f"{len(all_changes)} changes; {len(destructive)} of them replace or remove a resource. Nothing was deployed.")


def _protect(arguments: argparse.Namespace) -> None:
    stack = f"microshop-{arguments.stage}"
    if stages.parameters(arguments.stage)["DeletionProtection"] == "true":
        protect(stack)
        print(f"{stack} is protected against deletion")


def _print_notes(arguments: argparse.Namespace) -> None:
    print(notes_of((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), arguments.version))


def _check(arguments: argparse.Namespace) -> None:
    check_version(ROOT, arguments.version)
    notes_of((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), arguments.version)
    print(f"{arguments.version} can be released")


if __name__ == "__main__":
    main()
