"""Recipes: from data to a trained network without choosing anything, with the figures that decided."""

from pellucid.recipes.fit import fit_table
from pellucid.recipes.table import LINEAR, NETWORK, PIECEWISE, Candidate, TableRecipe

__all__ = ["LINEAR", "NETWORK", "PIECEWISE", "Candidate", "TableRecipe", "fit_table"]
