from fastapi import Depends, FastAPI, HTTPException

from . import items
from .settings import Settings, get_settings

app = FastAPI(title="Shop")
app.include_router(items.router, prefix="/items")


@app.get("/")
async def about(settings: Settings = Depends(get_settings)):
    return {"shop": settings.name}


@app.get("/old/{name}")
async def old(name: str):
    raise HTTPException(status_code=410, detail=f"{name} is gone")
