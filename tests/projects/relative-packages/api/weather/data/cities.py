CITIES = {"lima": [68.0, 59.0], "oslo": [32.0]}
