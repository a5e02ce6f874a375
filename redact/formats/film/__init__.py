"""Films, MP4 and MOV: `mp4` is the format; the rest is what it stands on.

A film is read from its index: `movie` tells of its tracks with their `headers` and `tables`, `pictures` and `sounds`
take apart what describes them (`elementary` inside of it), `looks` how they are shown, `credit` who made them, `brands`
what the file calls itself; `source` puts that together, and `atoms` names all that hides beside it.

A copy goes one of two ways. `direct` lets the samples pass as they lie (`media`, through a `passage`); `remux` has
FFmpeg put them together, into a `sink`. Either way `index` writes the index anew.
"""
