"""Charts: axes with round numbers, and lines, points and bars between them, drawn on the canvas of diagrams."""
