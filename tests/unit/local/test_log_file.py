"""The log file of the functions."""

from pathlib import Path

from tools.local.log_file import RotatingLogFile, read_records


def test_records_are_read_in_order_without_other_lines(tmp_path: Path) -> None:
    log = RotatingLogFile(tmp_path / "logs" / "functions.log")

    for line in ('{"n": 1}', "a word", '{"n": 2}', "[3]", '{"n": 4'):
        log.write(line)

    assert list(read_records(tmp_path / "logs" / "functions.log")) == [{"n": 1}, {"n": 2}]


def test_log_is_never_larger_than_two_full_files(tmp_path: Path) -> None:
    file = tmp_path / "functions.log"
    log = RotatingLogFile(file, most_bytes=1000)

    for number in range(1000):
        log.write(f'{{"n": {number}}}')

    assert sum(each.stat().st_size for each in tmp_path.iterdir()) < 2100
    kept = [record["n"] for record in read_records(file)]
    assert kept == list(range(kept[0], 1000))


def test_log_continues_the_file_of_the_last_run(tmp_path: Path) -> None:
    for number in range(2):
        RotatingLogFile(tmp_path / "functions.log").write(f'{{"n": {number}}}')

    assert [record["n"] for record in read_records(tmp_path / "functions.log")] == [0, 1]
