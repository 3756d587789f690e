"""MLflow's own server of a model, SERVED_MODEL, which takes requests of so many bytes alone, and by the names of its
machine.

serve_champion.py has uvicorn run it. Nothing of lastfm_gnn is imported here: the model brings the code that it was
registered with.
"""

import json
import os
from collections.abc import Awaitable, Callable

import mlflow.pyfunc
from fastapi import Request, Response
from mlflow.pyfunc import scoring_server
from starlette.middleware.trustedhost import TrustedHostMiddleware

BYTES = 1 << 20
PASSED_OVER = 1 << 25  # of a longer request, read and forgotten

app = scoring_server.init(mlflow.pyfunc.load_model(os.environ["SERVED_MODEL"]))
# a page that a browser shows may give this machine a name of its own, and then ask
app.add_middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])


@app.middleware("http")
async def bounded(request: Request, respond: Callable[[Request], Awaitable[Response]]) -> Response:
    """The length must be stated; uvicorn then reads no more."""
    length = request.headers.get("content-length", "")
    if request.method == "POST" and not (length.isdecimal() and len(length) < 10 and int(length) <= BYTES):
        read = 0
        async for part in request.stream():  # else a client that still sends hears of a broken pipe alone
            read += len(part)
            if read > PASSED_OVER:
                break
        return refusal(413, f"send at most {BYTES:,} bytes, with their Content-Length")
    try:
        return await respond(request)
    except (RecursionError, ValueError):
        return refusal(400, "no JSON that can be read: it is nested too deep, or a number is too long")


def refusal(status: int, sentence: str) -> Response:
    """In MLflow's form."""
    error = {"error_code": "BAD_REQUEST", "message": sentence}
    return Response(json.dumps(error), status, media_type="application/json")
