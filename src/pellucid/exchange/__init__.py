"""Networks carried to other tools and fetched from them. ``table.py`` lists the formats; each has a file of its own."""
