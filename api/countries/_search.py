"""The data behind the two functions of this folder, in the form of the restcountries API, v3.1."""

import json

# Relative to the project's folder, which is where every function runs. Edit the data and the next
# request sees it: localfn knows that it was read while importing.
with open("api/countries/_countries.json", encoding="utf-8") as file:
    COUNTRIES = json.load(file)


def by_name(text):
    """Countries with `text` in one of their names, an exact match first."""
    text = text.casefold()
    found = [c for c in COUNTRIES if any(text in n.casefold() for n in c["name"].values())]
    return sorted(found, key=lambda c: c["name"]["common"].casefold() != text)


def by_capital(text):
    text = text.casefold()
    return [c for c in COUNTRIES if any(text in capital.casefold() for capital in c["capital"])]


def send_countries(handler, found):
    """Answers with the countries, or with 404 when there are none, as the real API does."""
    status = 200 if found else 404
    value = found or {"status": 404, "message": "Not Found"}
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.end_headers()
    handler.wfile.write(json.dumps(value).encode("utf-8"))
