"""The first steps of a new user: clone, `make run`, the commands of the quick start, stop and reset."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.support.memory import memory_of
from tests.support.runner import ROOT, Runner, eventually
from tests.support.shell_blocks import run_blocks, shell_blocks


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of the repository, without files that git does not track."""
    git = shutil.which("git") or "git"
    folder = tmp_path_factory.mktemp("clone") / "microshop"
    subprocess.run([git, "clone", "--quiet", str(ROOT), str(folder)], check=True)
    return folder


@pytest.fixture(scope="module")
def shop(clone: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """The process and the URL of the shop that `make run` serves from the clone, without the tests' environment."""
    with (clone / "run.log").open("wb") as log:
        process = subprocess.Popen(
            ["make", "run", "PORT=0"],  # noqa: S607 - make is found through PATH, as by a user's shell
            cwd=clone,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**_newcomers_environment(), "LOG_FORMAT": "text"},  # as on a terminal
            start_new_session=True,
        )
    eventually(lambda: _serves(clone) or process.poll() is not None, "make run serves", seconds=240)
    assert process.poll() is None, (clone / "run.log").read_text()
    yield process, Runner(clone / ".microshop").url
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=60)


def test_a_fresh_clone_serves_products_after_make_run(shop: tuple[subprocess.Popen[bytes], str]) -> None:
    _, url = shop

    items = requests.get(f"{url}/api/v1/products", timeout=30).json()["items"]

    assert items


def test_the_idle_shop_takes_at_most_600_mib(shop: tuple[subprocess.Popen[bytes], str]) -> None:
    process, _ = shop

    eventually(lambda: sum(memory_of(process.pid).values()) <= 600, "surplus environments end", seconds=90)


def test_make_run_prints_its_url_and_the_demo_accounts(shop: tuple[subprocess.Popen[bytes], str], clone: Path) -> None:
    _, url = shop
    printed = (clone / "run.log").read_text()

    assert f"{url}/docs" in printed
    for email, password in (("admin@example.com", "admin-password"), ("customer@example.com", "customer-password")):
        assert email in printed
        login = requests.post(f"{url}/api/v1/users/login", json={"email": email, "password": password}, timeout=30)
        assert login.json()["user"]["role"] == email.split("@", maxsplit=1)[0]


@pytest.mark.usefixtures("shop")
def test_a_second_make_run_reports_that_the_shop_is_running(clone: Path) -> None:
    second = _local(clone, "run", "--port=0")

    assert second.returncode == 1
    assert second.stderr.count("\n") == 1
    assert "runs already" in second.stderr or "already run" in second.stderr


@pytest.mark.usefixtures("shop")
def test_make_admin_makes_a_registered_user_an_admin(clone: Path) -> None:
    url = Runner(clone / ".microshop").url
    account = {"email": "newboss@example.com", "password": "correct horse"}
    requests.post(f"{url}/api/v1/users/register", json={"username": "New Boss", **account}, timeout=30)

    granted = _make(clone, "admin", f"EMAIL={account['email']}")
    unknown = _make(clone, "admin", "EMAIL=nobody@example.com")

    assert granted.returncode == 0, granted.stderr
    login = requests.post(f"{url}/api/v1/users/login", json=account, timeout=30).json()
    assert login["user"]["role"] == "admin"
    assert unknown.returncode == 2  # make's own, for a command that failed
    assert "nobody is registered as nobody@example.com" in unknown.stderr


@pytest.mark.usefixtures("shop")
def test_make_reconcile_exits_with_2_when_the_books_disagree(clone: Path) -> None:
    sound = _make(clone, "reconcile")
    database = Runner(clone / ".microshop").database()
    database.execute("UPDATE products SET stock = stock + 1 WHERE id = 1")
    database.close()
    broken, repaired, again = (_make(clone, "reconcile", *more) for more in ((), ("REPAIR=yes",), ()))

    assert [each.returncode for each in (sound, broken, repaired, again)] == [0, 2, 0, 0]
    assert ("All books agree." in sound.stdout, "product:1" in broken.stdout) == (True, True)
    assert "All books agree; 1 repaired." in repaired.stdout


@pytest.mark.usefixtures("shop")
def test_make_mails_lists_the_mails_and_shows_one(clone: Path) -> None:
    eventually(lambda: _listed_welcomes(clone), "a mail is listed", seconds=60)
    number, _, to, _ = _listed_welcomes(clone)[0].split(maxsplit=3)

    shown, missing = (_make(clone, "mails", f"ID={each}") for each in (number, "999999"))

    assert f"To:      {to}\nSubject: Welcome to microshop\n" in shown.stdout
    assert "Your account at microshop is ready" in shown.stdout
    assert missing.stderr.startswith("microshop: there is no mail ID=999999: `make mails` lists them\n")


def test_the_quick_start_shows_the_log_of_a_paid_order(shop: tuple[subprocess.Popen[bytes], str], clone: Path) -> None:
    shown = re.findall(r"^… (?:event|mail) .*…$", _quick_start(), re.MULTILINE)
    patterns = [re.escape(line).replace("…", ".*").replace("\\ ", " +") for line in shown]

    assert _make(clone, "tour").returncode == 0

    assert len(patterns) == 2
    log = clone / "run.log"
    eventually(lambda: all(re.search(each, log.read_text()) for each in patterns), "both consumers log", seconds=60)


def test_the_commands_of_the_quick_start_print_what_it_shows(
    shop: tuple[subprocess.Popen[bytes], str], clone: Path
) -> None:
    _, url = shop
    parts = Runner(clone / ".microshop").parts

    done = run_blocks(shell_blocks("quick-start.md"), url=url, folder=clone, env=_newcomers_environment())

    assert done.returncode == 0, done.stdout + done.stderr
    for printed in ("Welcome to microshop", parts["url"], parts["stripe_url"], "x-hello: world", " passed"):
        assert printed in done.stdout
    assert _git(clone, "status", "--porcelain", "--untracked-files=no") == ""


def test_the_quick_start_lists_every_part_of_the_stack_and_live_links(
    shop: tuple[subprocess.Popen[bytes], str], clone: Path
) -> None:
    _, url = shop
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", _quick_start(), re.MULTILINE)
    links = re.findall(r"<http://127.0.0.1:3000(/[^>]*)>", _quick_start())

    assert {name for row in rows for name in re.findall(r"\w+", row)} == Runner(clone / ".microshop").parts.keys()
    assert "/docs" in links
    assert {link: requests.get(url + link, timeout=30).status_code for link in links} == dict.fromkeys(links, 200)


def test_an_interrupt_stops_every_process_of_the_shop(shop: tuple[subprocess.Popen[bytes], str], clone: Path) -> None:
    process, url = shop

    os.killpg(process.pid, signal.SIGINT)
    process.wait(timeout=60)

    assert _processes_of(clone) == []
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)


def test_make_mails_reports_that_no_shop_runs(clone: Path, tmp_path: Path) -> None:
    asked = _local(clone, "--data-folder", str(tmp_path), "mails")

    assert (asked.returncode, asked.stdout) == (1, "")
    assert asked.stderr == "microshop: the shop is not running: start it with `make run`\n"


def test_make_reset_deletes_the_data(clone: Path) -> None:
    assert _local(clone, "reset", "--yes").returncode == 0

    assert not (clone / ".microshop").exists()


def _listed_welcomes(clone: Path) -> list[str]:
    return re.findall("^.* Welcome to microshop$", _make(clone, "mails").stdout, re.MULTILINE)


def _quick_start() -> str:
    return (ROOT / "docs/quick-start.md").read_text(encoding="utf-8")


def _git(clone: Path, *arguments: str) -> str:
    command = [shutil.which("git") or "git", *arguments]
    return subprocess.run(command, cwd=clone, capture_output=True, text=True, timeout=60, check=True).stdout


def _serves(clone: Path) -> bool:
    return (clone / ".microshop" / "run" / "stack.json").exists()


def _local(clone: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tools.local", *arguments]
    return subprocess.run(command, cwd=clone, capture_output=True, text=True, timeout=60, check=False)


def _make(clone: Path, target: str, *variables: str) -> subprocess.CompletedProcess[str]:
    command = ["make", target, *variables]
    return subprocess.run(
        command, cwd=clone, capture_output=True, text=True, timeout=60, check=False, env=_newcomers_environment()
    )


def _newcomers_environment() -> dict[str, str]:
    # Without the interpreter of the tests in PATH: a new user has only the system's.
    path = os.pathsep.join(part for part in os.environ["PATH"].split(os.pathsep) if not part.startswith(str(ROOT)))
    ours = ("PYTHON", "PYTEST", "VIRTUAL_ENV", "AWS_", "MICROSHOP_", "MAKE")
    return {**{name: value for name, value in os.environ.items() if not name.startswith(ours)}, "PATH": path}


def _processes_of(clone: Path) -> list[str]:
    listed = subprocess.run(["ps", "-A", "-o", "args="], capture_output=True, text=True, check=True)  # noqa: S607
    return [line for line in listed.stdout.splitlines() if str(clone) in line]
