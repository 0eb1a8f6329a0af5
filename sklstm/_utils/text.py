"""How a share is written, in one way everywhere."""


def percent(share, digits=0):
    """Return a share as percent: "0%" if it is none at all, "100%" if it is all."""
    shown = f"{share:.{digits}%}"
    smallest = 10.0**-digits
    if share > 0 and float(shown[:-1]) == 0:
        return f"<{smallest:.{digits}f}%"
    if share < 1 and float(shown[:-1]) == 100:
        return f">{100 - smallest:.{digits}f}%"
    return shown
