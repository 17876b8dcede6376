"""ONNX: ``write.py`` makes a file of a network, ``read.py`` a network of a file."""
