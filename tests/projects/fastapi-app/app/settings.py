import os


class Settings:
    name = os.environ.get("SHOP_NAME", "Corner shop")


def get_settings():
    return Settings()
