"""Pellucid side by side with its peers, measured in one run on one machine.

    python -m bench                                     all cases: about an hour and a half, for compilers take time
    python -m bench --cases main                        training; further groups are batches and predictions
    python -m bench --cases lenet5,mnist_convnet --rounds 3
    python -m bench --cases 12-3-2 --peers pellucid torch --rounds 9 --no-startup
    python -m bench --output figures                    also figures/bench.json and figures/bench.svg, case by case

Run it from the project's root. A case (``cases.py``) is a network, a batch size and so many rows that an epoch of
Pellucid lasts about 50 ms or more. A program is a peer's training of it, as the peer's documentation recommends: whole
epochs with shuffling, forward pass, backward pass and Adam, data in memory; or its predictions, of one row a call or of
ten thousand. The step time is the time of the program by the number of its steps or calls.

After a warm-up the programs run in turn, A B C A B C, so that whatever else the machine does meets all of them alike,
each after a short rest in which the threads of the one before go to sleep; medians and quartiles are over the rounds.
All may use the same number of threads, and a peer that has several ways (kinds of Adam, memory layouts, one thread or
all) takes the quickest, found in a trial. Peers whose libraries are set up before their import, JAX and Keras, and
torch.compile run in a process of their own (``worker.py``) and are timed there. A peer that is not installed, does not
work here, or keeps the run waiting for too long is named absent.
The floors at the end say what the project promises, and whether this run met it.

Beside it: ``bench.command`` (a whole command), ``bench.memory`` (peak memory and imports), ``bench.scaling`` (cost
against size), ``bench.limits`` (share of the machine's limit, and a profile), ``bench.time_to_accuracy``. What each
figure means is told in ``docs/measure.md``.

A new peer is a file in ``peers/`` and a line in its list; a new case is an entry in ``cases.py``.
"""
