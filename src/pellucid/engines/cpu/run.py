"""The run table: what changes from one call of the engine to the next, as 64-bit integers.

Every worker holds its own copy, because the last part of it moves from batch to batch while the engine runs. Kernels
read it by these names; addresses are those of arrays that the engine keeps alive.
"""

from __future__ import annotations

# Set by the engine before a call.
FIRST_STEP = 0  # the first training step (batch) of this call, counted from the first step of the epoch
LAST_STEP = 1  # the step to stop before
SAMPLES = 2  # samples in the data
BATCH_SIZE = 3
PASS_GROUPS = 4  # groups of sixteen samples that one pass computes; a larger batch takes several passes
TRAINING = 5  # 1 while training, 0 otherwise: dropout looks at it
UPDATES = 6  # updates made before the first step of the epoch
SEED = 7
FEATURES = 8  # address: samples × inputs
TARGETS = 9  # address: samples × outputs, or one label a sample (int64)
WEIGHTS = 10  # address: one weight a sample; 0 where all weigh 1
ORDER = 11  # address: which sample comes when (int64); 0 to take them as they lie
OUTPUTS = 12  # address: samples × outputs, written in the order of ORDER; 0 to write none
COSTS = 13  # address: one float64 a step; 0 where there are none
RATES = 14  # address: one learning rate (float64) a step
WORKERS = 15
WORKER = 16
MEMORY = 17  # address of the plan's memory
MIX = 18  # address: one float64 a step, the share of a sample's own features when samples are mixed
ROOM = 19  # where the worker's own scratch lies in the memory; the plan says how much it is

# Set by the interpreter as it goes.
STEP = 20  # the step at work
BATCH_FIRST = 21  # its first sample, counted in ORDER
BATCH_SAMPLES = 22  # how many samples it has
PASS_FIRST = 23  # the pass's first sample, counted from the batch's first
GROUPS = 24  # groups in this pass
FIRST_PASS = 25  # 1 in a batch's first pass: gradients are set, not added to
RESULT = 26  # what the interpreter returned, and an exception, which there is none of: Numba gives each a place
EXCEPTION = 27
UNITS = 28  # of the phase at work: its groups, tiles or shares
ROWS = 32  # sixteen offsets, scratch of the kernel that gathers samples
TAKEN = 48  # how often any worker has asked for one of this worker's units, and, 8 further on, the same in every other
# phase: each on a cache line of its own, for all workers write there

SIZE = 64

# Shared by all workers.
ARRIVED = 0  # how often a worker has come to a barrier
