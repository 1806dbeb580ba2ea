"""The picture of a stack for people: what is so now as a value, and that value as HTML with SVG."""
