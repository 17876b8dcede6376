"""Readers of ONNX nodes: each makes of a node's inputs what comes out. ``table.py`` lists them."""
