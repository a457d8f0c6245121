"""The name of this module is that of one in the standard library; inside a package that is fine."""
import numbers as standard


def median(values):
    values = sorted(v for v in values if isinstance(v, standard.Real))
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2
