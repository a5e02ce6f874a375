"""Licence plates: a network of our own proposes, a reader is asked where its answer can matter, a regression decides.

`network` turns pixels into quadrilaterals and `quads` is their geometry; `places` joins what the looks at several sizes
saw; `reading` reads one; `traits` and `wording` put numbers to a place and to what is written there; `decision` holds
what was fitted; and `detector` is what a policy asks for.
"""
