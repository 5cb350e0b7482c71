"""Whether the libraries are there with which WeasyPrint makes PDF files."""

import ctypes
import functools

# As WeasyPrint looks for them, by the names of Linux, macOS and Windows.
LIBRARIES = {
    "Pango": ("libpango-1.0.so.0", "libpango-1.0.dylib", "libpango-1.0-0"),
    "PangoFT2": ("libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib", "libpangoft2-1.0-0"),
    "HarfBuzz": ("libharfbuzz.so.0", "libharfbuzz.0.dylib", "libharfbuzz-0"),
    "Fontconfig": ("libfontconfig.so.1", "libfontconfig.1.dylib", "libfontconfig-1"),
}


@functools.cache
def missing_pdf_libraries() -> tuple[str, ...]:
    """Return the names of libraries that are not installed; looked for once per process."""
    return tuple(name for name, files in LIBRARIES.items() if not any(map(_can_be_loaded, files)))


def _can_be_loaded(file: str) -> bool:
    try:
        ctypes.CDLL(file)
    except OSError:
        return False
    return True
