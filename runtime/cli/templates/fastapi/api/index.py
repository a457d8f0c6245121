"""The app behind every path below /api: vercel.json sends them here."""

from fastapi import FastAPI

app = FastAPI(docs_url="/api/docs", openapi_url="/api/openapi.json")


@app.get("/api/hello")
async def hello(name: str = "world") -> dict[str, str]:
    """Greets by name: GET /api/hello?name=Ada"""
    print(f"greeting {name}")  # appears in the terminal, beside its request
    return {"greeting": f"Hello, {name}!"}
