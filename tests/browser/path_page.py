"""Serves the page under the path /x: `python -m tests.browser.path_page mounted|proxied [--delay SECONDS]`.

Mounted: in another application. Proxied: behind a proxy that takes /x away, the page told of it as `root_path`. Either
way nothing else is served, so what is asked for outside of the path is missed.
"""

import argparse
import socket
from collections.abc import AsyncIterator

import gradio as gr
import httpx
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

import app
from components.frame.theme import look
from components.visitors.engines import Engines
from tests.browser.scripted_page import WORDS, SlowEngine

PATH = "/x"
NOT_HANDED_ON = {"host", "connection", "content-length", "transfer-encoding"}


def mounted(demo: gr.Blocks) -> FastAPI:
    """The page in an application of somebody else's."""
    return gr.mount_gradio_app(_outside(), demo, path=PATH, **look())


def proxied(demo: gr.Blocks) -> FastAPI:
    """A proxy that hands on what is asked for under the path, without the path."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    demo.launch(server_port=port, root_path=PATH, prevent_thread_lock=True, quiet=True)
    client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=None)
    proxy = _outside()

    @proxy.api_route(PATH + "/{rest:path}", methods=["GET", "POST", "HEAD"])
    async def hand_on(rest: str, request: Request) -> StreamingResponse:
        headers = {name: value for name, value in request.headers.items() if name not in NOT_HANDED_ON}
        asked = client.build_request(
            request.method, f"/{rest}", params=request.url.query, headers=headers, content=await request.body()
        )
        answer = await client.send(asked, stream=True)

        async def body() -> AsyncIterator[bytes]:
            try:
                async for piece in answer.aiter_raw():
                    yield piece
            finally:
                await answer.aclose()

        kept = {name: value for name, value in answer.headers.items() if name not in NOT_HANDED_ON}
        return StreamingResponse(body(), answer.status_code, kept)

    return proxy


def _outside() -> FastAPI:
    return FastAPI(docs_url=None, redoc_url=None, openapi_url=None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("how", choices=("mounted", "proxied"))
    parser.add_argument("--delay", type=float, default=0.01, help="seconds a forward pass takes")
    arguments = parser.parse_args()
    demo = app.build_page(Engines(lambda name, precision: SlowEngine(WORDS, arguments.delay)))
    served = mounted(demo) if arguments.how == "mounted" else proxied(demo)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        # What connects from now on is answered as soon as the server is up.
        print(f"Running on local URL:  http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
        # An open page keeps a stream open, for which a server that ends would wait.
        settings = uvicorn.Config(served, log_level="warning", timeout_graceful_shutdown=1)
        uvicorn.Server(settings).run(sockets=[listening])


if __name__ == "__main__":
    main()
