"""The decimal mark that is usual in a time zone: what a new site begins with."""

from core.numbers import COMMA, POINT

# Europe writes a comma, except in these zones.
POINT_IN_EUROPE = frozenset(
    {
        "Europe/Belfast",
        "Europe/Dublin",
        "Europe/Gibraltar",
        "Europe/Guernsey",
        "Europe/Isle_of_Man",
        "Europe/Jersey",
        "Europe/London",
        "Europe/Malta",
        "Europe/Vaduz",
        "Europe/Zurich",
    }
)
COMMA_ELSEWHERE = frozenset(
    {
        "Africa/Algiers",
        "Africa/Casablanca",
        "Africa/Luanda",
        "Africa/Maputo",
        "Africa/Tunis",
        "America/Asuncion",
        "America/Bahia",
        "America/Bogota",
        "America/Caracas",
        "America/Fortaleza",
        "America/Guayaquil",
        "America/La_Paz",
        "America/Manaus",
        "America/Montevideo",
        "America/Recife",
        "America/Santiago",
        "America/Sao_Paulo",
        "Asia/Almaty",
        "Asia/Baku",
        "Asia/Ho_Chi_Minh",
        "Asia/Jakarta",
        "Asia/Novosibirsk",
        "Asia/Tashkent",
        "Asia/Tbilisi",
        "Asia/Vladivostok",
        "Asia/Yekaterinburg",
        "Asia/Yerevan",
        "Atlantic/Azores",
        "Atlantic/Canary",
        "Atlantic/Faroe",
        "Atlantic/Madeira",
        "Atlantic/Reykjavik",
    }
)


def usual_decimal_mark(time_zone: str) -> str:
    """Return the decimal mark of a time zone; a point where several are usual or none is known."""
    in_europe = time_zone.startswith("Europe/") and time_zone not in POINT_IN_EUROPE
    in_argentina = time_zone.startswith("America/Argentina/")
    return COMMA if in_europe or in_argentina or time_zone in COMMA_ELSEWHERE else POINT
