"""Pictures of what units look for, of attributions, boundaries and hidden spaces; ``pellucid.look`` computes them."""
