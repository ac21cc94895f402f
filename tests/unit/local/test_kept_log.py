"""The log file that the local stack keeps of its functions."""

from pathlib import Path

from tools.local.kept_log import KeptLog, kept_records


def test_records_come_back_in_order_and_other_lines_do_not(tmp_path: Path) -> None:
    log = KeptLog(tmp_path / "logs" / "functions.log")

    for line in ('{"n": 1}', "a word", '{"n": 2}', "[3]", '{"n": 4'):
        log.write(line)

    assert list(kept_records(tmp_path / "logs" / "functions.log")) == [{"n": 1}, {"n": 2}]


def test_log_never_takes_more_than_two_full_files(tmp_path: Path) -> None:
    file = tmp_path / "functions.log"
    log = KeptLog(file, most_bytes=1000)

    for number in range(1000):
        log.write(f'{{"n": {number}}}')

    assert sum(each.stat().st_size for each in tmp_path.iterdir()) < 2100
    kept = [record["n"] for record in kept_records(file)]
    assert kept == list(range(kept[0], 1000))


def test_log_continues_where_the_last_run_ended(tmp_path: Path) -> None:
    for number in range(2):
        KeptLog(tmp_path / "functions.log").write(f'{{"n": {number}}}')

    assert [record["n"] for record in kept_records(tmp_path / "functions.log")] == [0, 1]
