"""One sidecar of every kind, with canaries in place of what such a file tells."""

from __future__ import annotations

import io
import wave
import zipfile

CANARIES = (b"51.507412", b"-0.127812", b"CANARY", b"2024-05-06", b"51,30.4447")

SRT = b"""1\r
00:00:00,000 --> 00:00:00,033\r
<font size="36">SrtCnt : 1, DiffTime : 33ms\r
2024-05-06 12:00:00,000\r
[iso : 100] [shutter : 1/1000] [latitude: 51.507412] [longtitude: -0.127812] [rel_alt: 5.0] [gb_yaw: 3]</font>\r
"""
OLD_SRT = b"1\n2017.08.05 14:11:51,393\n[latitude : 51.507412] [iso : 100]\n"
VTT = b"WEBVTT\n\n00:00.000 --> 00:01.000\nGPS(51.507412,-0.127812,19)\n"
ASS = b"[Script Info]\nTitle: CANARY\n\n[Events]\nDialogue: 0,0:00:00.00,0:00:01.00,Default,latitude: 51.507412\n"
GPX = b"""<?xml version="1.0"?>
<gpx version="1.1" creator="CANARY"><trk><trkseg>
<trkpt lat="51.507412" lon="-0.127812"><ele>11</ele><time>2024-05-06T07:08:09Z</time></trkpt>
</trkseg></trk></gpx>
"""
KML = b"""<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Placemark><name>CANARY</name>
<Point><coordinates>-0.127812,51.507412,0</coordinates></Point></Placemark></kml>"""
TCX = b"<TrainingCenterDatabase><Time>2024-05-06T07:08:09Z</Time><Position></Position></TrainingCenterDatabase>"
AAE = b"""<?xml version="1.0"?><!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "x.dtd">
<plist version="1.0"><dict><key>adjustmentData</key><data>Q0FOQVJZ</data>
<key>adjustmentEditorBundleID</key><string>CANARY</string>
<key>adjustmentTimestamp</key><date>2024-05-06T07:08:09Z</date></dict></plist>"""
NMEA = b"$GPGGA,070809,5130.4447,N,00007.6687,W,1,08,0.9,11.0,M,,M,,*47\r\n$GPRMC,070809,A*00\r\n"
IGC = (
    b"AXXXCANARY\r\nHFDTE060524\r\nHFPLTPILOT:CANARY\r\nHFGIDGLIDERID:CANARY\r\nB0708095130444N00007668WA0001100011\r\n"
)
JSON = b"""{"title": "CANARY.jpg", "photoTakenTime": {"timestamp": "1714979289"},
"geoData": {"latitude": 51.507412, "longitude": -0.127812}, "people": [{"name": "CANARY"}]}"""
CSV = b"time(millisecond),datetime(utc),latitude,longitude,speed(mph)\n0,2024-05-06 07:08:09,51.507412,-0.127812,3\n"
FIT = bytes((14, 0x20)) + bytes(6) + b".FIT" + bytes(20) + b"CANARY"

TEXTS = {
    "clip.SRT": SRT, "old.srt": OLD_SRT, "clip.vtt": VTT, "clip.ass": ASS, "walk.gpx": GPX, "walk.kml": KML,
    "run.tcx": TCX, "IMG_1.AAE": AAE, "log.nmea": NMEA, "log.txt": NMEA, "flight.igc": IGC, "IMG_1.jpg.json": JSON,
    "flight.csv": CSV, "clip-16.srt": SRT.decode().encode("utf-16"), "bom.srt": b"\xef\xbb\xbf" + SRT,
}  # fmt: skip
"""Name of a file -> what is in it."""


def kmz() -> bytes:
    """A packed map."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("doc.kml", KML)
    return file.getvalue()


def voice() -> bytes:
    """A short sound with a list of tags."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(1000))
    tags = b"INFOIART\x06\0\0\0CANARY"
    return file.getvalue() + b"LIST" + len(tags).to_bytes(4, "little") + tags


RECORDS = {"walk.kmz": kmz(), "run.fit": FIT, "note.WAV": voice()}

XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<!-- CANARY -->
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="CANARY toolkit">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="uuid:CANARY" xmlns:exif="http://ns.adobe.com/exif/1.0/"
    xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:xap="http://ns.adobe.com/xap/1.0/"
    xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:lr="http://ns.adobe.com/lightroom/1.0/"
    xmlns:aux="http://ns.adobe.com/exif/1.0/aux/" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
    tiff:Orientation="6" tiff:Make="CANARY" exif:GPSLatitude="51,30.4447N" exif:GPSLongitude="0,7.6687W"
    xap:Rating="4" xap:CreateDate="2024-05-06T07:08:09.123456+01:00" photoshop:City="CANARY" aux:SerialNumber="CANARY"
    crs:Exposure2012="+0.35" crs:CropLeft="0.190999" crs:HasCrop="true" crs:RawFileName="CANARY.CR2"
    crs:WhiteBalance="As Shot" crs:Tint="51.507412" crs:LensProfileName="CANARY">
   <exif:ExposureTime>20000000/1000000000</exif:ExposureTime>
   <exif:ISOSpeedRatings><rdf:Seq><rdf:li>200</rdf:li></rdf:Seq></exif:ISOSpeedRatings>
   <dc:creator><rdf:Seq><rdf:li>Ada &amp; Bo</rdf:li></rdf:Seq></dc:creator>
   <dc:rights><rdf:Alt><rdf:li xml:lang="x-default">(c) Ada</rdf:li></rdf:Alt></dc:rights>
   <dc:title><rdf:Alt><rdf:li xml:lang="x-default">CANARY</rdf:li></rdf:Alt></dc:title>
   <crs:MaskGroupBasedCorrections>
    <rdf:Seq><rdf:li crs:CorrectionName="CANARY"/></rdf:Seq>
   </crs:MaskGroupBasedCorrections>
   <Iptc4xmpExt:LocationShown><rdf:Bag><rdf:li rdf:parseType="Resource">
     <Iptc4xmpExt:City>CANARY</Iptc4xmpExt:City></rdf:li></rdf:Bag></Iptc4xmpExt:LocationShown>
   <lr:hierarchicalSubject><rdf:Bag><rdf:li>CANARY</rdf:li></rdf:Bag></lr:hierarchicalSubject>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
""".encode()
