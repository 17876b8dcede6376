"""The classics: the perceptron, gradient descent on one weight, least squares, logistic regression.

    from pellucid import classic

    print(classic.learn_gate("and").table())
    classic.descend(start=5, rate=0.01, epochs=40).plot("descent.svg")

``python -m pellucid.classic`` prints the whole tour. All of it runs on Pellucid's own layers and engine.
"""

from pellucid.classic.descent import Descent, Step, descend
from pellucid.classic.linear import LeastSquares, least_squares
from pellucid.classic.logistic import TwoClasses, tell_apart, two_clouds
from pellucid.classic.perceptron import GateLesson, Update, learn_gate
from pellucid.classic.xor import XorSolution, solve_xor

__all__ = [
    "Descent",
    "GateLesson",
    "LeastSquares",
    "Step",
    "TwoClasses",
    "Update",
    "XorSolution",
    "descend",
    "learn_gate",
    "least_squares",
    "solve_xor",
    "tell_apart",
    "two_clouds",
]
