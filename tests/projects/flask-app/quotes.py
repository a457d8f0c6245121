QUOTES = {"1": "Begin anywhere.", "2": "Make it simple."}


def quote_of(day):
    return QUOTES.get(day, "No quote today.")
