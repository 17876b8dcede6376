"""Data: checks, splits, tables, pictures, and the data sets that the examples use."""

from typing import TYPE_CHECKING

from pellucid.lazy import lazy

if TYPE_CHECKING:
    from pellucid.data.check import as_features as as_features
    from pellucid.data.check import as_targets as as_targets
    from pellucid.data.check import same_length as same_length
    from pellucid.data.dataset import Dataset as Dataset
    from pellucid.data.digits import load_digits as load_digits
    from pellucid.data.download import fetch as fetch
    from pellucid.data.folders import Pictures as Pictures
    from pellucid.data.folders import load_folder as load_folder
    from pellucid.data.folders import open_folder as open_folder
    from pellucid.data.idx import read_idx as read_idx
    from pellucid.data.idx_folder import load_idx_folder as load_idx_folder
    from pellucid.data.mnist import load_mnist as load_mnist
    from pellucid.data.npz import load_npz as load_npz
    from pellucid.data.picture import read_picture as read_picture
    from pellucid.data.picture_error import PictureError as PictureError
    from pellucid.data.picture_list import PictureList as PictureList
    from pellucid.data.picture_stream import PictureStream as PictureStream
    from pellucid.data.pictures import draw_text as draw_text
    from pellucid.data.pictures import load_pictures_4x3 as load_pictures_4x3
    from pellucid.data.split import stratified_split as stratified_split
    from pellucid.data.tables import load_csv as load_csv
    from pellucid.data.toy import load_gate as load_gate

_PLACES = {
    "Dataset": "dataset",
    "PictureError": "picture_error",
    "PictureList": "picture_list",
    "PictureStream": "picture_stream",
    "Pictures": "folders",
    "as_features": "check",
    "as_targets": "check",
    "draw_text": "pictures",
    "fetch": "download",
    "load_csv": "tables",
    "load_digits": "digits",
    "load_folder": "folders",
    "load_gate": "toy",
    "load_idx_folder": "idx_folder",
    "load_mnist": "mnist",
    "load_npz": "npz",
    "load_pictures_4x3": "pictures",
    "open_folder": "folders",
    "read_idx": "idx",
    "read_picture": "picture",
    "same_length": "check",
    "stratified_split": "split",
}

if not TYPE_CHECKING:  # they cannot compute it, and take all names above
    __all__ = sorted(_PLACES)
__getattr__, __dir__ = lazy(__name__, _PLACES)
