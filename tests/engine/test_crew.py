"""How many workers the steps get: the quickest number, found by trials."""

from __future__ import annotations

from pellucid.engines.cpu.workers import Crew


class Clock:
    """Slices of work that last as long as the test says."""

    def run(self, crew, seconds_a_step, slices, most=2):
        """So many slices of ten steps, each as long as its number of workers takes; the numbers that were used."""
        used = []
        for _ in range(slices):
            count = crew.next(most)
            crew.note(count, 10, 10 * seconds_a_step[count])
            used.append(count)
        return used


def begun(monkeypatch, most):
    """A crew that has worked long enough for trials."""
    monkeypatch.setattr(Crew, "FIRST", 0.0)
    return Crew(most)


def test_a_short_training_takes_all_workers(monkeypatch):
    clock, crew = Clock(), Crew(2)
    assert clock.run(crew, {1: 0.001, 2: 0.009}, 3) == [2, 2, 2]


def test_the_quickest_number_is_kept(monkeypatch):
    clock, crew = Clock(), begun(monkeypatch, 2)
    assert clock.run(crew, {1: 0.002, 2: 0.001}, 20) == [2, 1, 2, 1] + [2] * 16
    assert crew.best == 2


def test_fewer_workers_where_they_hold_each_other_up(monkeypatch):
    clock, crew = Clock(), begun(monkeypatch, 2)
    assert clock.run(crew, {1: 0.002, 2: 0.009}, 20)[4:] == [1] * 16


def test_a_trial_finds_out_when_the_machine_is_free_again(monkeypatch):
    clock, crew = Clock(), begun(monkeypatch, 2)
    clock.run(crew, {1: 0.002, 2: 0.009}, 10)
    used = clock.run(crew, {1: 0.002, 2: 0.001}, 2000)
    assert used[-1] == 2
    assert used.count(1) < 300


def test_small_differences_change_nothing(monkeypatch):
    clock, crew = Clock(), begun(monkeypatch, 2)
    assert clock.run(crew, {1: 0.00095, 2: 0.001}, 20)[4:] == [2] * 16


def test_halves_are_tried_and_one_worker_needs_no_trial(monkeypatch):
    clock = Clock()
    assert clock.run(begun(monkeypatch, 8), dict.fromkeys((1, 2, 4, 8), 0.001), 8, most=8) == [8, 1, 2, 4] * 2
    assert clock.run(Crew(1), {1: 0.001}, 3, most=1) == [1, 1, 1]
