from .models import Forecast

__all__ = ["Forecast"]
