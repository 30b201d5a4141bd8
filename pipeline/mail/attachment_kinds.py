"""The kind of an attachment, by its first bytes before its name: what a policy may ask."""

from pathlib import PurePosixPath

__all__ = ["attachment_kind"]

_BY_NAME = {
    "image": "png jpg jpeg gif webp bmp tif tiff heic avif",
    "document": "doc docx odt rtf txt md pages",
    "spreadsheet": "xls xlsx ods csv tsv numbers",
    "archive": "zip rar 7z tar gz tgz bz2 xz iso img cab",
    "executable": "exe com bat cmd scr pif msi msp dll jar js jse vbs vbe ws wsf wsh hta ps1 lnk "
    "app apk dmg deb rpm sh py html htm shtml xhtml svg xlsm docm pptm xll chm reg",
    "pdf": "pdf",
}
_KINDS = {suffix: kind for kind, suffixes in _BY_NAME.items() for suffix in suffixes.split()}
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"MZ", "executable"),
    (b"\x7fELF", "executable"),
    (b"\xca\xfe\xba\xbe", "executable"),
    (b"\xcf\xfa\xed\xfe", "executable"),
    (b"#!", "executable"),
    (b"L\x00\x00\x00\x01\x14\x02\x00", "executable"),
    (b"%PDF-", "pdf"),
    (b"\x89PNG\r\n\x1a\n", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"Rar!", "archive"),
    (b"7z\xbc\xaf\x27\x1c", "archive"),
    (b"\x1f\x8b", "archive"),
    (b"\xfd7zXZ", "archive"),
    (b"BZh", "archive"),
)


def attachment_kind(name: str, data: bytes) -> str:
    """One of image, pdf, document, spreadsheet, archive, executable, encrypted or other.

    An executable by its bytes or by its last suffix is one, whatever else it claims to be; what
    would run or render in the reader's hands (scripts, macros, HTML, SVG) counts as executable.
    """
    suffix = PurePosixPath(name.replace("\\", "/")).suffix.lstrip(".").lower()
    by_name = _KINDS.get(suffix, "other")
    by_bytes = next((kind for magic, kind in _MAGIC if data.startswith(magic)), None)
    if "executable" in (by_name, by_bytes):
        return "executable"
    if _is_encrypted(data):
        return "encrypted"
    if by_bytes is None and data.startswith(b"PK\x03\x04"):
        return by_name if by_name in ("document", "spreadsheet") else "archive"
    return by_bytes or by_name


def _is_encrypted(data: bytes) -> bool:
    if data.startswith(b"PK\x03\x04"):
        return len(data) > 7 and bool(data[6] & 1)  # bit 0 of the general purpose flags
    if data.startswith(b"%PDF-"):
        return b"/Encrypt" in data
    return data.startswith(b"-----BEGIN PGP MESSAGE") or (
        data.startswith(b"\xd0\xcf\x11\xe0")
        and (b"E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d" in data[:65536])
    )
