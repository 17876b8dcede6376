"""A network as a Python program that needs NumPy alone."""
