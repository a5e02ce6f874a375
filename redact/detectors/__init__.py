"""What to look for in a picture. Nothing imports it: its detectors come through entry points, like anyone's."""
