"""The floor's processes, one module each: `python -m floor agent NAME`."""
