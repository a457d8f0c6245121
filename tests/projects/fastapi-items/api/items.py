"""A shopping list: what the FastAPI tutorial ends with."""
import logging
from typing import List, Optional

from fastapi import BackgroundTasks, Depends, FastAPI, Header, HTTPException, Query
from pydantic import BaseModel, Field

app = FastAPI(title="Items", docs_url="/api/items/docs", openapi_url="/api/items/openapi.json")
items = {}
log = logging.getLogger("items")


class Item(BaseModel):
    name: str = Field(..., min_length=1, max_length=40)
    price: float = Field(..., gt=0)
    tags: List[str] = []


def api_key(x_api_key: Optional[str] = Header(default=None)):
    if x_api_key != "letmein":
        raise HTTPException(status_code=401, detail="bad API key",
                            headers={"WWW-Authenticate": "ApiKey"})


@app.on_event("startup")
async def fill():
    items[1] = Item(name="pen", price=1.5, tags=["office"])


@app.get("/api/items")
def list_items(tag: Optional[str] = None, limit: int = Query(10, ge=1, le=100)):
    found = [{"id": n, **item.dict()} for n, item in items.items() if not tag or tag in item.tags]
    return {"items": found[:limit]}


@app.post("/api/items", status_code=201, dependencies=[Depends(api_key)])
async def add(item: Item, background: BackgroundTasks):
    number = max(items, default=0) + 1
    items[number] = item
    background.add_task(log.info, "added %s", item.name)
    return {"id": number}


@app.get("/api/items/{number}")
async def read(number: int):
    if number not in items:
        raise HTTPException(status_code=404, detail="no such item")
    return items[number]


@app.delete("/api/items/{number}", status_code=204, dependencies=[Depends(api_key)])
def remove(number: int):
    items.pop(number, None)
