"""Films, MP4 and MOV: `mp4` is the format; the rest is what it stands on.

`boxes` walks the tree, `atoms` names what hides in it, `movie` reads the index of a source, `index` writes that of a
copy, `remux` carries the packets over, cleaned by `nal`, into the `sink`.
"""
