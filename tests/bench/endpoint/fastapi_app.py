"""The endpoint of the bench as a FastAPI application."""
from fastapi import FastAPI, Response

app = FastAPI()


@app.get("/api/{function}")
def hello(function: str, name: str = "world"):
    return Response(f"Hello, {name}!")
