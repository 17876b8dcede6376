"""PyTorch: ``write.py`` makes modules and files of a network, ``read.py`` a network of a module or a state dict."""
