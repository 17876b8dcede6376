"""Keras's ``.keras`` files: ``write.py`` makes one of a network, ``read.py`` a network of one. Neither needs Keras."""
