import asyncio

HELP = "I know /start, /help and /sum 1 2 3"


async def answer_to(text):
    if text.startswith("/start"):
        return "Willkommen! 👋"
    if text.startswith("/sum"):
        numbers = await asyncio.gather(*(to_number(word) for word in text.split()[1:]))
        return f"= {sum(numbers)}"
    if text == "/help":
        return HELP
    return None


async def to_number(word):
    return int(word)
