"""What a training leaves behind: figures by epoch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import os

    from pellucid.views.diagram.picture import Diagram


class History:
    """The figures of every epoch so far; each call of ``fit`` adds to it.

    Attributes
    ----------
    history : dict of str to list of float
        ``loss`` and each metric, with ``val_`` before it for validation data; ``learning_rate`` at the epoch's end;
        ``seconds``. One entry an epoch.
    epoch : list of int
        The number of each epoch, from 0.
    params : dict
        How the latest ``fit`` was called: epochs, batch size, steps an epoch, samples, seed. ``weights_of_epoch``,
        where the weights of an earlier epoch were put back at the end: its place in ``history``.
    """

    def __init__(self) -> None:
        self.history: dict[str, list[float]] = {}
        self.epoch: list[int] = []
        self.params: dict[str, Any] = {}

    def add(self, epoch: int, figures: Mapping[str, float]) -> None:
        """Add an epoch; figures that earlier epochs did not have are NaN there."""
        for name in figures:
            if name not in self.history:
                self.history[name] = [float("nan")] * len(self.epoch)
        self.epoch.append(epoch)
        for name, values in self.history.items():
            values.append(float(figures.get(name, float("nan"))))

    def first(self, epochs: int) -> History:
        """A copy of the first epochs."""
        made = History()
        made.history = {name: values[:epochs] for name, values in self.history.items()}
        made.epoch, made.params = self.epoch[:epochs], dict(self.params)
        return made

    def to_dict(self) -> dict[str, Any]:
        """The plain-data form."""
        return {"history": self.history, "epoch": self.epoch, "params": self.params}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> History:
        """The history that :meth:`to_dict` described."""
        made = cls()
        made.history = {name: [float(v) for v in values] for name, values in plain["history"].items()}
        made.epoch = [int(v) for v in plain["epoch"]]
        made.params = dict(plain["params"])
        return made

    def curves(self) -> list[str]:
        """The figures that have a curve of their own; one of validation has where there is none of training.

        >>> history = History()
        >>> history.add(0, {"loss": 1.0, "val_loss": 2.0, "val_squared_error": 3.0, "seconds": 0.1})
        >>> history.curves()
        ['loss', 'val_squared_error']
        """
        beside = ("seconds", "learning_rate")
        return [
            name for name in self.history
            if name not in beside and not (name.startswith("val_") and name[4:] in self.history)
        ]  # fmt: skip

    def draw(self, title: str = "Learning", theme: str = "auto") -> Diagram:
        """The picture that :meth:`plot` writes; in Jupyter it shows itself.

        Raises
        ------
        DataError
            There is no epoch yet.
        """
        from pellucid.views.learning_picture import draw_history

        return draw_history(self, title, theme)

    def plot(self, path: str | os.PathLike[str], title: str = "Learning") -> None:
        """Draw the cost and every metric over the epochs, training and validation: a file that ends with .svg or .png.

        Raises
        ------
        DescriptionError
            Another ending.
        DataError
            There is no epoch yet.
        """
        from pellucid.views.diagram.picture import check_ending

        check_ending(path)
        self.draw(title).save(path)

    def __repr__(self) -> str:
        if not self.epoch:
            return "<History: no epoch yet>"
        last = ", ".join(f"{name} {values[-1]:.4g}" for name, values in self.history.items() if name != "seconds")
        return f"<History: {len(self.epoch)} epoch{'' if len(self.epoch) == 1 else 's'}; last: {last}>"
