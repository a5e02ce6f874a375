"""Which lines of writing in a picture tell a place: coordinates of on-screen displays, and what stands beside them.

`spelling` mends what recognisers misread, `angles` and `grids` know the notations, `readouts` the lines that belong to
a place, `display` which lines stand together.
"""
