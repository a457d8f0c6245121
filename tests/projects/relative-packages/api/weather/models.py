from dataclasses import asdict, dataclass, field
from typing import List

from .._shared.units import celsius


@dataclass
class Forecast:
    city: str
    fahrenheit: List[float] = field(default_factory=list)

    def as_dict(self):
        return {**asdict(self), "celsius": [celsius(f) for f in self.fahrenheit]}
