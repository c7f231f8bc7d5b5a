"""Who asks: the name under which a page's session is kept."""

import gradio as gr


def visitor_of(request: gr.Request) -> str:
    """Return the id of the page that a request comes from.

    Raises:
        gr.Error: it names no page: all such requests would share one session.
    """
    if request.session_hash is None:
        raise gr.Error("The request names no page; send its session_hash, or use the endpoint /run.")
    return request.session_hash
