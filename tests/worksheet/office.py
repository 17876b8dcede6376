"""LibreOffice as the second computer: it recalculates workbooks from scratch, many in one start."""

import csv
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import pytest

SOFFICE = shutil.which("soffice")
needs_office = pytest.mark.skipif(
    SOFFICE is None, reason="LibreOffice (soffice) is not installed: apt-get install libreoffice-calc"
)

# "Always recalculate" when a file is opened: otherwise the numbers stored in it would be believed.
RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">
<value>0</value></prop></item>
</oor:items>
"""
# Every sheet into a file of its own, numbers with all their digits; half the work of writing workbooks again.
EVERY_SHEET = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1"


def recalculate(files, folder, to=EVERY_SHEET):
    """Convert workbooks with LibreOffice, all in one start, into the folder that is returned."""
    profile, out = folder / "profile", folder / "recalculated"
    (profile / "user").mkdir(parents=True, exist_ok=True)
    (profile / "user" / "registrymodifications.xcu").write_text(RECALCULATE)
    run = subprocess.run(
        [SOFFICE, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", to, "--outdir", str(out),
         *map(str, files)],
        capture_output=True, text=True, timeout=580,
    )  # fmt: skip
    made = {file.name for file in out.iterdir()} if out.exists() else set()
    missing = [file.name for file in files if not any(name.startswith(file.stem) for name in made)]
    assert not missing, f"LibreOffice wrote nothing of {missing}: {run.stdout[-500:]} {run.stderr[-500:]}"
    return out


class Recalculated:
    """The cells of a recalculated workbook."""

    def __init__(self, folder, file):
        self._folder, self._stem, self._sheets = folder, Path(file).stem, {}

    def sheet(self, name):
        """The rows of a sheet, as text."""
        if name not in self._sheets:
            file = self._folder / f"{self._stem}-{name}.csv"
            self._sheets[name] = list(csv.reader(file.read_text("utf-8").splitlines()))
        return self._sheets[name]

    def block(self, block):
        """The numbers in the cells of a block; what is no number is NaN."""
        rows = self.sheet(block.sheet)[block.row : block.row + block.rows]
        return np.array([[_number(v) for v in row[block.column : block.column + block.columns]] for row in rows])

    def text(self, sheet, row, column):
        """A cell, row and column from 0."""
        return self.sheet(sheet)[row][column]


def _number(text):
    try:
        return float(text)
    except ValueError:
        return float("nan")


def edit(file, name, changes):
    """A copy of a workbook with other cells.

    ``changes`` holds a number, a formula that begins with "=", or a text, for (sheet, cell). Everything else stays as
    it is, the numbers that are stored beside the formulas too.
    """
    copy = file.with_name(f"{name}.xlsx")
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as new:
        sheets = re.findall(r'<sheet name="([^"]+)"', old.read("xl/workbook.xml").decode())
        for part in old.namelist():
            text = old.read(part)
            number = re.fullmatch(r"xl/worksheets/sheet(\d+)\.xml", part)
            if number:
                here = {cell: to for (sheet, cell), to in changes.items() if sheet == sheets[int(number[1]) - 1]}
                text = _changed(text.decode(), here).encode()
            new.writestr(part, text)
    return copy


def _changed(text, changes):
    for cell, to in changes.items():
        if isinstance(to, str):
            inner = f"<f>{escape(to[1:])}</f>" if to.startswith("=") else f"<is><t>{escape(to)}</t></is>"
        else:
            inner = f"<v>{to!r}</v>"
        kind = ' t="inlineStr"' if inner.startswith("<is>") else ""
        made = rf'<c r="{cell}"\g<style>{kind}>{inner}</c>'
        pattern = rf'<c r="{cell}"(?P<style>(?: s="\d+")?)(?: t="\w+")?(?:/>|>.*?</c>)'
        text, found = re.subn(pattern, made, text, count=1)
        assert found == 1, f"there is no cell {cell}"
    return text
