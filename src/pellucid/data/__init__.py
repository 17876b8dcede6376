"""Data: checks, splits, tables, pictures, and the data sets that the examples use."""

from pellucid.data.check import as_features, as_targets, same_length
from pellucid.data.dataset import Dataset
from pellucid.data.digits import load_digits
from pellucid.data.download import fetch
from pellucid.data.idx import read_idx
from pellucid.data.mnist import load_mnist
from pellucid.data.pictures import draw_text, load_pictures_4x3
from pellucid.data.split import stratified_split
from pellucid.data.tables import load_csv
from pellucid.data.toy import load_gate

__all__ = [
    "Dataset",
    "as_features",
    "as_targets",
    "draw_text",
    "fetch",
    "load_csv",
    "load_digits",
    "load_gate",
    "load_mnist",
    "load_pictures_4x3",
    "read_idx",
    "same_length",
    "stratified_split",
]
