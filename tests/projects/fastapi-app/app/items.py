from fastapi import APIRouter
from pydantic import BaseModel

router = APIRouter()
_items = {1: "pen"}


class Item(BaseModel):
    name: str


@router.get("/{number}")
async def read(number: int):
    return {"number": number, "name": _items.get(number)}


@router.post("/", status_code=201)
async def create(item: Item):
    number = max(_items) + 1
    _items[number] = item.name
    return {"number": number, "name": item.name}
