"""LibreOffice as the second computer: it recalculates workbooks from scratch, many in one start."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import openpyxl
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


def recalculate(files, folder, to="xlsx"):
    """Convert workbooks with LibreOffice, all in one start; return the files that it wrote, in the same order."""
    profile, out = folder / "profile", folder / "recalculated"
    (profile / "user").mkdir(parents=True, exist_ok=True)
    (profile / "user" / "registrymodifications.xcu").write_text(RECALCULATE)
    run = subprocess.run(
        [SOFFICE, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", to, "--outdir", str(out),
         *map(str, files)],
        capture_output=True, text=True, timeout=280,
    )  # fmt: skip
    made = [out / f"{Path(file).stem}.{to}" for file in files]
    missing = [file.name for file in made if not file.exists()]
    assert not missing, f"LibreOffice wrote no {missing}: {run.stdout[-500:]} {run.stderr[-500:]}"
    return made


class Recalculated:
    """The numbers of a workbook, by sheet and name of cells."""

    def __init__(self, file):
        self.book = openpyxl.load_workbook(file, data_only=True)

    def block(self, block):
        """The numbers in the cells of a block."""
        page = self.book[block.sheet]
        rows = page.iter_rows(
            min_row=block.row + 1, max_row=block.row + block.rows,
            min_col=block.column + 1, max_col=block.column + block.columns, values_only=True,
        )  # fmt: skip
        return np.array([[np.nan if not isinstance(v, (int, float)) else v for v in row] for row in rows], float)

    def value(self, sheet, cell):
        return self.book[sheet][cell].value
