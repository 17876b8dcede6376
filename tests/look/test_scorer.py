"""The scorer against predictions, against Shapley's definition, and what it refuses."""

import itertools
import re

import numpy as np
import polars as pl
import pytest

import pellucid
from pellucid import DataError, Dense, DescriptionError, Input, Network, Scorer
from pellucid.look.scorer import usual_row
from pellucid.recipes import LINEAR, NETWORK, TableRecipe
from pellucid.tables import TablePreparation, read_table
from pellucid.views.score_picture import MOST_DRAWN

SHORT = TableRecipe(candidates=(NETWORK,), most_epochs=6, least_epochs=6, folds=3)


def houses(n=160, kinds=2):
    """A number with gaps, yes/no, a category, a label with many values, a date; the class follows from four."""
    rng = np.random.default_rng(4)
    area, lift = rng.uniform(30, 120, n).round(), rng.integers(2, size=n)
    city, street = rng.choice(["Oslo", "Paris", "Rome"], n), rng.integers(14, size=n)
    worth = area + 30 * lift + 15 * (city == "Rome") + 2 * street
    limits = np.quantile(worth, np.arange(1, kinds) / kinds)
    return pl.DataFrame(
        {
            "area": pl.Series(np.where(rng.random(n) < 0.1, np.nan, area)).fill_nan(None),
            "lift": np.array(["no", "yes"])[lift],
            "city": city,
            "street": [f"street {k}" for k in street],
            "built": pl.Series(np.datetime64("2020-01-01") + rng.integers(0, 900, n)).cast(pl.Date),
            "country": ["Norway"] * n,
            "dear": np.array(["a", "b", "c"])[np.searchsorted(limits, worth)],
        }
    )


@pytest.fixture(scope="module")
def two():
    """Networks of two seeds on the same rows."""
    return [pellucid.fit_table(houses(), "dear", recipe=SHORT, seed=seed, verbose=0) for seed in (0, 1)]


ROW = {"area": 110, "lift": "yes", "city": "Rome", "street": "street 3", "built": None}


def test_the_score_is_the_prediction_and_the_parts_lead_to_it(two):
    found = two[0].score_row(ROW)
    assert found.output == "p(b)"
    assert found.value == pytest.approx(float(two[0].predict(pl.DataFrame([ROW]))[0, 0]), abs=1e-6)
    assert found.members == pytest.approx(two[0].member_predictions(pl.DataFrame([ROW]))[:, 0, 0], abs=1e-6)
    assert found.parts.sum(axis=0) == pytest.approx(found.members - found.usual_members, abs=1e-12)
    assert found.columns == ("area", "lift", "city", "street", "built"), "without the constant one"
    assert dict(zip(found.columns, found.cells, strict=True)) == {
        "area": "110", "lift": "yes", "city": "Rome", "street": "street 3", "built": "missing",
    }  # fmt: skip
    assert found.spread == pytest.approx(found.members.std(ddof=1))
    assert found.value > found.usual_value


def test_the_usual_row_is_of_medians_and_of_what_is_most_frequent(two):
    rows, preparation = houses(), TablePreparation.from_dict(two[0].preparation)
    usual = usual_row(preparation).frame.row(0, named=True)
    assert usual["area"] == rows["area"].median()
    for name in ("lift", "city", "street"):
        assert usual[name] == sorted(rows[name].mode().to_list())[0]
    X = preparation.transform(usual_row(preparation))[0]
    names = preparation.input_names
    assert X[names.index("area")] == X[names.index("area missing")] == X[names.index("built")] == 0
    assert two[0].score_row(usual).mean == pytest.approx(np.zeros(5), abs=1e-12)


def test_parts_are_shapley_values_of_whole_columns(two):
    """By the definition: all orders in which cells of the row take the place of the usual row's cells."""
    net = two[0]
    usual = usual_row(TablePreparation.from_dict(net.preparation)).frame.row(0, named=True)
    found, names = net.score_row(ROW), list(ROW)
    rows, orders = [], list(itertools.permutations(names))
    for order in orders:
        now = dict(usual)
        for name in (None, *order):
            now |= {} if name is None else {name: ROW[name]}
            rows.append(dict(now))
    types = {"built": pl.Datetime, "area": pl.Float64}
    said = net.predict(pl.DataFrame(rows, schema_overrides=types))[:, 0].astype(float).reshape(len(orders), -1)
    total = dict.fromkeys(names, 0.0)
    for order, steps in zip(orders, np.diff(said, axis=1), strict=True):
        for name, step in zip(order, steps, strict=True):
            total[name] += step / len(orders)
    assert dict(zip(found.columns, found.mean, strict=True)) == pytest.approx(total, abs=1e-5)


def test_several_seeds_are_all_members(two):
    both, alone = Scorer(two).score(ROW), [net.score_row(ROW) for net in two]
    assert both.members.tolist() == [*alone[0].members, *alone[1].members]
    assert np.array_equal(both.parts, np.hstack([one.parts for one in alone]))
    assert both.value == pytest.approx(np.mean([one.value for one in alone]))


def test_the_first_of_two_classes_has_the_rest(two):
    first, second = two[0].score_row(ROW, target="a"), two[0].score_row(ROW)
    assert first.output == "p(a)"
    assert first.value == pytest.approx(1 - second.value)
    assert first.parts == pytest.approx(-second.parts)


def test_of_several_classes_the_likeliest_is_scored_unless_one_is_named():
    net = pellucid.fit_table(houses(kinds=3), "dear", recipe=SHORT, verbose=0)
    found = list(Scorer(net).scores(houses(kinds=3)[:9]))
    assert [score.output for score in found] == [f"p({name})" for name in net.predict_classes(houses(kinds=3)[:9])]
    assert [score.true for score in found] == houses(kinds=3)["dear"][:9].to_list()
    named = list(Scorer(net, target="b").scores(houses(kinds=3)[:9]))
    assert [score.value for score in named] == pytest.approx(net.predict(houses(kinds=3)[:9])[:, 1].tolist(), abs=1e-6)


def test_numbers_are_scored_in_their_own_units():
    rows = houses().with_columns(price=2000 * pl.col("area").fill_null(70) + 9000 * (pl.col("lift") == "yes"))
    recipe = TableRecipe(candidates=(LINEAR,), most_epochs=60, least_epochs=60)
    net = pellucid.fit_table(rows.drop("dear"), "price", task="numbers", recipe=recipe, verbose=0)
    found = net.score_row(ROW)
    assert found.output == "price"
    assert found.value == pytest.approx(float(net.predict(pl.DataFrame([ROW]))[0, 0]), rel=1e-6)
    assert found.rows()[0][0] == "area"
    assert 40_000 < found.rows()[0][3] < 90_000


def test_one_network_has_one_member_and_no_spread():
    preparation = TablePreparation.fit(houses(), "dear")
    net = Network([Input(len(preparation.input_names)), preparation.embedding(), Dense(1, activation="sigmoid")])
    net.preparation = preparation.to_dict()
    net.compile("binary_crossentropy")
    net.fit(houses(), verbose=0)
    found = net.score_row(ROW)
    assert np.isnan(found.spread)
    assert "±" not in found.text()
    assert "±" not in found.draw().svg
    assert found.to_dict()["spread"] is None
    assert len(found.members) == 1


def test_importance_is_lost_accuracy_for_each_member(two):
    found = Scorer(two).importance(houses(), repeats=3)
    assert found.values.shape == (5, 6)
    assert found.names == ("area", "lift", "city", "street", "built")
    assert found.names[int(found.order()[0])] == "area"
    assert found.spread == pytest.approx(found.values.std(axis=1, ddof=1))
    member = pellucid.ensembles.members_of(two[0])[0]
    rows = read_table(houses()).without("dear", "country")
    alone = pellucid.permutation_importance(member, rows, houses()["dear"].to_numpy(), repeats=3)
    assert found.values[:, 0] == pytest.approx(alone.mean)


def test_text_and_picture_show_the_same_figures(two):
    found = two[0].score_row(ROW)
    lines = found.text().splitlines()
    assert lines[0] == (
        f"p(b) = {found.value:.3f} ± {found.spread:.3f} between 3 members; a usual row has {found.usual_value:.3f}"
    )
    name, cell, usual, part, spread = found.rows()[0]
    assert lines[3].split() == [*name.split(), *cell.split(), *usual.split(), f"{part:+.3f}", f"{spread:.3f}"]
    svg = found.draw().svg
    assert re.findall(r'data-is="column"[^>]*>([^<]*)<', svg) == [f"{row[0]} = {row[1]}" for row in found.rows()]
    assert f"{found.value:.3f} ± {found.spread:.3f}" in svg


def test_a_picture_of_many_columns_draws_the_rest_together(tmp_path):
    rng = np.random.default_rng(0)
    rows = pl.DataFrame({f"x{k}": rng.normal(size=80) for k in range(MOST_DRAWN + 5)})
    rows = rows.with_columns(y=pl.Series(np.where(rows["x3"] > 0, "up", "down")))
    net = pellucid.fit_table(rows, "y", recipe=SHORT, verbose=0)
    found = net.score_row(rows[:1])
    assert found.mean.sum() == pytest.approx(found.value - found.usual_value), "drawn orders add up too"
    assert "5 other columns" in found.draw().svg
    found.save(tmp_path / "score.png")
    assert (tmp_path / "score.png").read_bytes().startswith(b"\x89PNG")


def test_an_old_file_without_usual_values_takes_gaps_for_them(two):
    plain = two[0].preparation
    old = plain | {"columns": [{k: v for k, v in column.items() if k != "usual"} for column in plain["columns"]]}
    usual = usual_row(TablePreparation.from_dict(old)).frame.row(0, named=True)
    assert (usual["lift"], usual["city"], usual["area"]) == (None, None, houses()["area"].median())


def test_what_cannot_be_scored(two):
    def refused(text, error=DescriptionError):
        return pytest.raises(error, match=f"^{re.escape(text)}$")

    with refused("Scorer: give at least one network."):
        Scorer([])
    with refused('Scorer: the network "plain" was not trained on raw rows of a table, so it knows no columns. Train it '
                 "by pellucid.fit_table, or use net.attribute."):  # fmt: skip
        Scorer(Network([Input(2), Dense(1)], name="plain"))
    other = pellucid.fit_table(houses(90), "dear", recipe=SHORT, verbose=0)
    with refused("Scorer: the networks were trained on tables that were prepared differently. Give networks that were "
                 "trained on the same rows with different seeds."):  # fmt: skip
        Scorer([two[0], other])
    with refused('target: no class "dear". Known: a, b.'):
        Scorer(two, target="dear")
    with refused("row: expected one row, got 2. Use scores for several.", DataError):
        two[0].score_row(houses()[:2])
    with refused(
        'row: the column "area", which the network was trained on, is missing. Columns: lift, city, street, built.',
        DataError,
    ):
        two[0].score_row({name: cell for name, cell in ROW.items() if name != "area"})
