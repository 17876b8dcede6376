"""What ``pellucid train`` trains: one network as it is described, or the default recipe for tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pellucid.cli.recipes import Recipe, RecipeForTables

if TYPE_CHECKING:
    from pellucid.cli.show import Page
    from pellucid.cli.work import Work
    from pellucid.network import Network
    from pellucid.sources.rows import Rows
    from pellucid.sources.source import Source
    from pellucid.training.snapshots import Snapshots

STOPPED_EARLY = "stopped by Ctrl-C"  # how ``ended`` of such a run begins
Verbose = int | str


class OneNetwork:
    """One network; of a table with its preparation, fitted on the rows for training.

    Attributes
    ----------
    anew : bool
        Whether --resume does such a training from its start, because it leaves no checkpoints.
    """

    anew = False

    def __init__(self, recipe: Recipe, material: Source, rows: Rows, seed: int) -> None:
        from pellucid.cli.build import build
        from pellucid.sources.table import in_deviations, prepare

        self.recipe, self.material, self.rows, self.seed = recipe, material, rows, seed
        self.net = build(recipe, material, rows.train, seed, prepare(material, rows))
        self.fitted, self.units = in_deviations(material, rows)

    def plain(self) -> dict[str, Any]:
        """What config.json says of it before the training."""
        return {"network": self.net.to_dict(), "compile": self.net.compile_settings()}

    def introduce(self, page: Page) -> None:
        """Say what the data are and what was chosen."""
        from pellucid.cli.introduce import introduce

        introduce(page, self.material, self.rows, self.recipe, self.net, self.seed, self.units)

    def train(
        self, work: Work, threads: int | None, verbose: Verbose, snapshots: Snapshots | None = None
    ) -> tuple[Network, str]:
        """The trained network, and how the training ended."""
        from pellucid.cli.show import count
        from pellucid.tables.targets import in_units
        from pellucid.training.monitors import EarlyStopping

        recipe, rows, net = self.recipe, self.fitted, self.net
        watched, share = rows.watched(recipe.validation, bool(recipe.early_stopping))
        watchers = [EarlyStopping(patience=recipe.early_stopping)] if recipe.early_stopping else []
        net, reason = work.fit(
            net,
            rows.train.X,
            rows.train.y,
            epochs=recipe.epochs,
            batch_size=recipe.batch_size,
            validation_split=share,
            validation_data=None if watched is None else (watched.X, watched.y),
            class_weight=recipe.class_weight,
            callbacks=[*watchers, *([snapshots] if snapshots else [])],
            verbose=verbose,
            seed=self.seed,
            threads=threads,
        )
        done = len(net.history.epoch)
        epochs = count(done, "epoch")
        ended = f"after {epochs}: {reason}"
        if reason is None:
            whole = done == recipe.epochs
            ended = f"{STOPPED_EARLY} after {count(done, 'whole epoch')}"
            if whole:
                ended = f"all {epochs}" if done > 1 else "its one epoch"
        return (net if self.units is None else in_units(net, *self.units)), ended


class ByRecipe:
    """The default recipe for tables: candidates on inner folds, and the best as one network."""

    anew = True

    def __init__(self, recipe: RecipeForTables, material: Source, rows: Rows, seed: int) -> None:
        from pellucid.sources.table import prepare

        self.recipe, self.material, self.rows, self.seed = recipe, material, rows, seed
        self.preparation = prepare(material, rows)

    def plain(self) -> dict[str, Any]:
        """What config.json says of it before the training: the network is not known yet."""
        return {"network": None, "compile": None}

    def introduce(self, page: Page) -> None:
        """Say what the data are, what becomes of them, and what will be tried."""
        from pellucid.cli.introduce import introduce_recipe

        assert self.preparation is not None
        introduce_recipe(page, self.material, self.rows, self.recipe, self.preparation, self.seed)

    def train(
        self, work: Work, threads: int | None, verbose: Verbose, snapshots: Snapshots | None = None
    ) -> tuple[Network, str]:
        """The network that was chosen, and how the training ended."""
        from pellucid.cli.show import count
        from pellucid.recipes.raw import fit_prepared

        material, train, preparation = self.material, self.rows.train, self.preparation
        assert preparation is not None
        names = (material.class_names or None) if material.task == "classes" else None
        net = work.make(
            lambda: fit_prepared(
                preparation, train.X, train.y, material.task, names, seed=self.seed, threads=threads, verbose=verbose,
                explain=False, name=material.short_name,
                checkpoint=None if work.folder is None else work.folder.trainings,
            )
        )  # fmt: skip
        assert net.recipe is not None
        return net, f"the default recipe for tables, {count(len(net.recipe['tried']), 'candidate')}"


Training = OneNetwork | ByRecipe


def training_of(recipe: Recipe | RecipeForTables, material: Source, rows: Rows, seed: int) -> Training:
    """The training that a recipe describes."""
    if isinstance(recipe, RecipeForTables):
        return ByRecipe(recipe, material, rows, seed)
    return OneNetwork(recipe, material, rows, seed)
