"""Programs in Python and C that take CSV files of raw rows: they say what ``net.predict`` says of the same rows."""

import numpy as np
import pytest
from formats import BATCHES, assert_same, load_program
from programs import assert_says, build_c, run_c, run_python, sanitizers
from random_tables import network, table, write_files

from pellucid.errors import DataError
from pellucid.tables import TablePreparation, read_table
from pellucid.tables.find import DATE_FORMS, TIME_FORMS

COMPARED = [4 * k + k // 4 % 4 for k in range(10)] + [4 * k + 3 - k // 4 % 4 for k in range(10)]  # of 40 seeds


# --- parity ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", COMPARED)
def test_python_says_the_same_of_rows_and_of_files(seed, tmp_path):
    frame, others, marks = table(seed)
    net = network(frame, missing=marks, dtype=("float32", "float64")[seed % 2])
    program = load_program(net.export(tmp_path / "rows.py")[0])
    for size in BATCHES:
        assert_same(program.predict(others[:size].to_dicts()), net.predict(others[:size]))
    train, rows, marks = write_files(tmp_path, seed)
    net = network(read_table(train), missing=marks)
    written = net.export(tmp_path / "n.py")
    program = load_program(written[0])
    load_program(written[1]).test_predicts_what_the_network_predicted()
    for size in BATCHES:
        file = rows(size)
        try:
            raw = read_table(file)
            said = net.predict(raw)
        except DataError:  # few rows may not tell that the decimal sign is a comma
            with pytest.raises(ValueError, match="expected a number"):
                program.predict(file)
            continue
        assert_same(program.predict(file), said)
        assert_same(program.predict_prepared(program.prepare(str(file))), said)
        assert program.predict_classes(file).tolist() == net.predict_classes(raw).tolist()


@pytest.mark.parametrize("seed", COMPARED[::4])
def test_c_says_the_same_of_files(seed, tmp_path):
    train, rows, marks = write_files(tmp_path, seed)
    net = network(read_table(train), missing=marks)
    net.export(tmp_path / "n.c")
    build_c(tmp_path, "n.c", "n_main.c", flags=sanitizers())
    for size in BATCHES:
        file = rows(size)
        try:
            raw = read_table(file)
            net.predict(raw)
        except DataError:
            done = run_c(tmp_path, file.name)
            assert (done.returncode, done.stdout.count(b"\n"), b"expected a finite" in done.stderr) == (1, 1, True)
            continue
        assert_says(run_c(tmp_path, file.name), net, raw)
    build_c(tmp_path, "n.c", "test_n.c", flags=sanitizers())
    assert run_c(tmp_path).stdout == b"8 samples: as the network predicted\n"


def test_the_generated_files_have_everything(tmp_path):
    """Every separator, both decimal signs, names that need quotes, dates and times, and answers that are the same."""
    found, compared = set(), 0
    for seed in COMPARED:
        train, rows, marks = write_files(tmp_path, seed)
        raw = read_table(train)
        preparation = TablePreparation.fit(raw, "y", missing=marks)
        found |= {note for note in raw.notes if "separated" in note or "comma" in note}
        found |= {c.kind for c in preparation.used} | {getattr(c, "format", None) for c in preparation.used}
        found |= {"marks"} if marks else set()
        compared += len(read_table(rows(33)))
    notes = {"separated by tabs", "separated by semicolons", "separated by vertical bars", "decimals with a comma"}
    assert found >= notes | {"number", "category", "yes/no", "date", "marks"}
    assert len(found & {*DATE_FORMS, *TIME_FORMS}) > 8
    assert compared == 33 * len(COMPARED)


# --- single files ---------------------------------------------------------------------------------------------------

ROWS = {
    "as it is": "size,city,große,built,code\n1.5,Rome,jö,1 Feb 2024,c1\n",
    "other order and more columns": "x,code,built,große,city,size\n7,c1,01 feb 2024,JÖ,Rome,1e0\n",
    "gaps": "size,city,große,built,code\n,NA,?,-,null\n,,,,\nnan,N/A,n/a,NULL,\n",
    "marks": "size,city,große,built,code\n9,Bonn,x,1 Feb 2024,c1\n9.0,Oslo,nö,1 Feb 2024,c1\n+9e0,Oslo,nö,,x\n",
    "new values": "size,city,große,built,code\n1,rome,vielleicht,1 Feb 1850,c99\n",
    "spaces": "size,city,große,built,code\n 1\t,\u00a0Rome\u3000, nÖ ,  1 Feb 2024 ,c1 \n",
    "quotes": 'size,"city",große,built,code\n"1","Ro""me","jö",1 Feb 2024,"c\n1"\n',
    "short lines": "size,city,große,built,code\n1,Rome\n\n2\n",
    "bars and carriage returns": "size|city|große|built|code\r\n1|Rome|jö|1 Feb 2024|c1\r2|Oslo|nö|3 Mar 2024|c2\r\n",
    "decimal commas": "size;city;große;built;code\n1.234,5;Rome;jö;1 Feb 2024;c1\n,5;Oslo;nö;2 Feb 2024;c2\n",
    "no line end": "size,city,große,built,code\n1,Rome,jö,1 Feb 2024,c1",
    "a mark of the encoding": "\ufeffsize,city,große,built,code\n1,Rome,jö,1 Feb 2024,c1\n",
    "large numbers": "size,city,große,built,code\n-1e100,Rome,jö,1 Feb 2024,c1\n1e-400,Oslo,nö,1 Feb 2024,c1\n",
}


@pytest.mark.parametrize("what", ROWS)
def test_both_programs_read_a_file_as_pellucid_does(what, made, tmp_path):
    folder, net = made
    file = tmp_path / "rows.csv"
    file.write_bytes(ROWS[what].encode())
    raw = read_table(file)
    for run in (run_python, run_c):
        assert_says(run(folder, str(file)), net, raw)
    assert_says(run_c(folder, "-", given=ROWS[what].encode()), net, raw)


REFUSED = {
    "no such file": (None, "", ""),
    "nothing": ("\n\n", "standard input: expected a table in text, found nothing.",
                "standard input: expected a table, found nothing."),
    "a column is missing": ("size,town,große,built,code\n1,Rome,jö,1 Feb 2024,c1\n",
        'standard input: the column "city", which the network was trained on, is missing. '
        "Columns: size, town, große, built, code.",
        'standard input: the column "city", which the network was trained on, is missing.'),
    "no number": ("size,city,große,built,code\n1,a,b,,c\nabc,Rome,jö,1 Feb 2024,c1\n",
        'standard input, line 3, column "size": expected a number, got "abc".',
        'standard input, line 3, column "size": expected a finite number, got "abc".'),
    "infinite": ("size,city,große,built,code\n-Infinity,Rome,jö,1 Feb 2024,c1\n",
        'standard input, line 2, column "size": expected a finite number, got "-Infinity".',
        'standard input, line 2, column "size": expected a finite number, got "-Infinity".'),
    "no date": ("size,city,große,built,code\n1,Rome,jö,30 Feb 2024,c1\n",
        'standard input, line 2, column "built": expected a date written as %d %b %Y, got "30 Feb 2024".',
        'standard input, line 2, column "built": expected a date written as %d %b %Y, got "30 Feb 2024".'),
    "a name twice": ("size,city,size,große,built,code\n1,Rome,2,jö,1 Feb 2024,c1\n",
        'standard input: the column name "size" occurs twice. Give every column its own name.',
        'standard input: the column name "size" occurs twice. Give every column its own name.'),
    "a wide line": ("size,city,große,built,code\n\n1,Rome,jö,1 Feb 2024,c1,7\n",
        "standard input, line 3: expected 5 cells as in the first line, found 6.",
        "standard input, line 3: expected 5 cells as in the first line, found 6."),
    "an open quote": ('size,city,große,built,code\n1,"Rome,jö,1 Feb 2024,c1\n',
        "standard input, line 2: unexpected end of data. Look for a quote that is not closed.",
        "standard input, line 2 or below: look for a quote that is not closed."),
    "a binary file": ("size\0,city\n", "standard input: expected a table in text, found a binary file.",
        "standard input: expected a table in UTF-8 text, found a binary file."),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_both_programs_refuse_what_pellucid_refuses(what, made, tmp_path):
    folder, net = made
    content, python, c = REFUSED[what]
    if content is None:
        assert b"No such file" in run_python(folder, "none.csv").stderr
        assert run_c(folder, "none.csv").stderr == b"Error: none.csv: cannot be opened.\n"
        return
    file = tmp_path / "rows.csv"
    file.write_bytes(content.encode())
    with pytest.raises(DataError):
        net.predict(read_table(file))
    for run, words in ((run_python, python), (run_c, c)):
        done = run(folder, "-", given=content.encode())
        assert (done.returncode, done.stderr.decode()) == (1, f"Error: {words}\n")


def test_damaged_files_give_clean_errors_in_c(made, tmp_path):
    """Bits flipped, parts left out, doubled and put elsewhere: predictions or an error, and no fault of memory."""
    folder, _ = made
    rng, ended = np.random.default_rng(5), {0: 0, 1: 0}
    contents = [ROWS[what].encode() for what in ("quotes", "decimal commas", "spaces", "as it is")]
    signs = b'",;|\t\n\r .-+eE0\xc3\xe2\x80'
    for k in range(150):
        content = bytearray(contents[k % len(contents)])
        for _ in range(int(rng.integers(1, 3))):
            first, last = sorted(int(place) for place in rng.integers(0, len(content) + 1, 2))
            change = int(rng.integers(4))
            if change == 0:
                content[first:last] = b""
            elif change == 1:
                content[first:first] = content[first:last]
            elif change == 2:
                content[first:first] = bytes([signs[int(rng.integers(len(signs)))]])
            elif first < len(content):
                content[first] ^= 1 << int(rng.integers(8))
        done = run_c(folder, "-", given=bytes(content))
        assert done.returncode in ended, done.stderr.decode(errors="replace")
        assert done.returncode == 0 or done.stderr.startswith(b"Error: standard input"), done.stderr
        assert b"anitizer" not in done.stderr
        assert b"runtime error" not in done.stderr
        ended[done.returncode] += 1
    assert min(ended.values()) >= 10


def test_files_of_other_encodings_are_read_in_python(made, tmp_path):
    folder, net = made
    for encoding in ("utf-16", "cp1252"):
        file = tmp_path / "rows.csv"
        file.write_bytes(ROWS["as it is"].encode(encoding))
        assert_says(run_python(folder, str(file)), net, read_table(file))


def test_the_help_says_what_they_take(made):
    folder, _ = made
    for run in (run_python, run_c):
        for words, code in ((["--help"], 0), (["a", "b"], 2 if run is run_python else 1)):
            done = run(folder, *words)
            text = (done.stdout + done.stderr).decode()
            assert "first line holds the columns' names" in text
            assert all(name in text for name in ("size", "city", "große", "built", "code"))
            assert (done.returncode > 0) == (code > 0)
