"""Everything that Starlette does with a response, on one page each."""
import asyncio
import contextlib
import json

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

visits = []


async def events():
    for number in range(3):
        yield f"id: {number}\ndata: {json.dumps({'n': number})}\n\n"
        await asyncio.sleep(0)


async def stream(request):
    return StreamingResponse(events(), media_type="text/event-stream",
                             headers={"Cache-Control": "no-cache"})


def numbers(request):
    return StreamingResponse((f"{n}\n" for n in range(5)), media_type="text/plain")


async def echo(request):
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
    return JSONResponse({"method": request.method, "size": size, "query": dict(request.query_params)})


async def form(request):
    response = RedirectResponse("/api/numbers", status_code=303)
    response.set_cookie("seen", "yes", httponly=True)
    return response


async def large(request):
    return PlainTextResponse("x" * 5000)


@contextlib.asynccontextmanager
async def lifespan(app):
    visits.append("open")
    yield


app = Starlette(
    lifespan=lifespan,
    middleware=[Middleware(GZipMiddleware, minimum_size=4000)],
    routes=[
        Route("/api/events", stream),
        Route("/api/numbers", numbers),
        Route("/api/echo", echo, methods=["GET", "POST", "PUT"]),
        Route("/api/form", form, methods=["POST"]),
        Route("/api/large", large),
        Route("/api/visits", lambda request: JSONResponse(visits)),
        Mount("/api", StaticFiles(directory="files", html=True)),
    ],
)
