"""Names of fields that sidecars use, and what each tells.

A closed vocabulary: a file is searched for these words and for no others, so what is told of it can hold no value.
"""

from __future__ import annotations

from collections.abc import Mapping

from redact.model import Kind

_BY_KIND: Mapping[Kind, str] = {
    "location": """
        latitude longitude longtitude lat lon lng long latitudee7 longitudee7 altitude alt rel_alt abs_alt ele
        elevation height gps home homepoint home_point coordinates coordinate coord trkpt wpt rtept trk rte
        geodata geodataexif geolocation geometry location locations position lookat point linestring address city
        state country street placename placemark easting northing gpgga gprmc gpgll gngga gnrmc gngll gpgns gngns
        glgga gagga bdgga
    """,
    "time": """
        time timestamp date datetime when begin end timespan utc gpstime phototakentime creationtime
        modificationtime photolastmodifiedtime adjustmenttimestamp startdate gpzda gnzda
    """,
    "camera": """
        iso shutter fnum fnumber aperture ev ct color_md focal_len focallength dzoom_ratio ae_meter_md exposure
        colormode
    """,
    "telemetry": """
        barometer gb_yaw gb_pitch gb_roll yaw pitch roll heading course speed h_speed v_speed hs vs distance
        satellites sat hdop vdop gimbal battery voltage vsync eis framecnt srtcnt pp_vsync pp_target pp_current
        gpgsa gpgsv gpvtg gngsa gngsv gnvtg
    """,
    "device": """
        serial serialnumber sn model make drone device devicetype devicefolder googlephotosorigin mobileupload imei
        creator adjustmenteditorbundleid adjustmentformatidentifier originator
    """,
    "author": "author owner copyrights pilot artist",
    "text": """
        title description desc name cmt comment caption people imageviews url link snippet text dialogue
    """,
    "unknown": "adjustmentdata adjustmentbaseversion extensions extendeddata",
}

WORDS: Mapping[str, Kind] = {word: kind for kind, words in _BY_KIND.items() for word in words.split()}
"""Name of a field, in lower case and without a prefix -> its kind."""
