"""Data: checks, splits, tables, pictures, and the data sets that the examples use."""

from pellucid.data.check import as_features, as_targets, same_length
from pellucid.data.dataset import Dataset
from pellucid.data.digits import load_digits
from pellucid.data.download import fetch
from pellucid.data.folders import Pictures, load_folder, open_folder
from pellucid.data.idx import read_idx
from pellucid.data.idx_folder import load_idx_folder
from pellucid.data.mnist import load_mnist
from pellucid.data.npz import load_npz
from pellucid.data.picture import read_picture
from pellucid.data.picture_error import PictureError
from pellucid.data.picture_list import PictureList
from pellucid.data.picture_stream import PictureStream
from pellucid.data.pictures import draw_text, load_pictures_4x3
from pellucid.data.split import stratified_split
from pellucid.data.tables import load_csv
from pellucid.data.toy import load_gate

__all__ = [
    "Dataset",
    "PictureError",
    "PictureList",
    "PictureStream",
    "Pictures",
    "as_features",
    "as_targets",
    "draw_text",
    "fetch",
    "load_csv",
    "load_digits",
    "load_folder",
    "load_gate",
    "load_idx_folder",
    "load_mnist",
    "load_npz",
    "load_pictures_4x3",
    "open_folder",
    "read_idx",
    "read_picture",
    "same_length",
    "stratified_split",
]
