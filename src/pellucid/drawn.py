"""What has a picture of itself: it is drawn when it is asked for, saved as a file, and shows itself in Jupyter."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os

    from pellucid.views.diagram.picture import Diagram


class Drawn(ABC):
    """A value that can be looked at as a picture."""

    @abstractmethod
    def draw(self, theme: str = "auto") -> Diagram:
        """The picture; ``theme`` is "auto" (as the reader's system is set), "light" or "dark"."""

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture to a file that ends with .svg or .png.

        Raises
        ------
        DescriptionError
            Another ending; nothing is drawn then.
        ModelFileError
            The file cannot be written.
        """
        from pellucid.views.diagram.picture import check_ending

        check_ending(path)
        self.draw().save(path)

    def _repr_svg_(self) -> str:
        return self.draw().svg
