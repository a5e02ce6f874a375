"""How the plate detector is made: synthetic scenes, a small network, and the commands that train and export it."""
