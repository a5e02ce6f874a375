"""AVI: a strict walk of the chunks (RIFF; OpenDML 1.02), in which every number has to follow from another.

Location hides in lists of texts, in makers' chunks and filler, in names and reserved numbers of headers, in streams of
text, between and behind the lists, and in the coded stream itself (see `pictures`). Allowed are headers of pictures and
sound, their chunks, indexes of these and, as kept, when the film was taken. Sound is opaque.
"""

from __future__ import annotations

from redact.checks.reading import Buffer, Flaw
from redact.checks.structure.avi import headers
from redact.checks.structure.avi.media import Part, Places
from redact.checks.structure.avi.riff import Chunk, chunks, inside
from redact.model import Keep

_MOST_PARTS = 16


def inspect(data: Buffer, keep: Keep) -> int:
    """How many chunks a film has. Raises Flaw unless all of them are allowed and the last one's end is the file's."""
    parts = list(chunks(data, 0, len(data)))
    if [part.form for part in parts] != [b"AVI ", *[b"AVIX"] * (len(parts) - 1)] or len(parts) > _MOST_PARTS:
        message = "the file is not made of parts of a film"
        raise Flaw(message)
    first = list(inside(data, parts[0]))
    forms = [chunk.form or chunk.code for chunk in first]
    told = forms[1:2] == [b"INFO"]
    if forms != [b"hdrl", *([b"INFO"] if told else []), b"movi", b"idx1"]:
        message = "the first part holds something beside headers, pictures, sound and an index"
        raise Flaw(message)
    if told:
        headers.demand_time(data, first[1], keep)
    film = headers.film(data, first[0])
    places = [Places(stream) for stream in film.streams]
    Part(data, first[-2]).admit(places, first[-1])
    first_frames = next(each.count for each in places if each.stream.pictures)
    for part in parts[1:]:
        Part(data, _only(data, part)).admit(places, None)
    headers.demand_agreement(film, places, first_frames)
    return len(parts) + len(first) + sum(each.count for each in places)


def _only(data: Buffer, part: Chunk) -> Chunk:
    """The one list in a further part."""
    found = list(inside(data, part))
    if [chunk.form for chunk in found] != [b"movi"]:
        message = "a further part holds something beside pictures and sound"
        raise Flaw(message)
    return found[0]
