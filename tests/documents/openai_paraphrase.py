"""A reference plugin: sentences in other words by a server with OpenAI's chat interface.

To use it, copy it into a package of your own with the entry point

    [project.entry-points.cardiobench]
    paraphrase = "my_package.openai_paraphrase"

and set ``PARAPHRASE_URL`` (``http://localhost:8000/v1`` of a server in your house) and
``PARAPHRASE_MODEL``. Without ``PARAPHRASE_URL`` it answers nothing. Every sentence is sent to that
address: if it is not yours, the text of your documents leaves your machine.
"""

import json
import os
import urllib.request
from collections.abc import Sequence

from cardiobench import hookimpl

PROMPT = "Say this sentence in other words. Keep its meaning, numbers and names. Sentence: "
SECONDS = 120


@hookimpl
def cardiobench_paraphrase(texts: Sequence[str]) -> list[str | None] | None:
    """One request a sentence."""
    address = os.environ.get("PARAPHRASE_URL")
    if not address:
        return None
    return [_said(address, text) for text in texts]


def _said(address: str, text: str) -> str | None:
    """The server's answer, without the quotation marks that models like to add."""
    body = {
        "model": os.environ.get("PARAPHRASE_MODEL", "default"),
        "messages": [{"role": "user", "content": PROMPT + text}],
        "temperature": 0,
        "seed": 0,
    }
    request = urllib.request.Request(  # noqa: S310  # the user's own address
        f"{address.rstrip('/')}/chat/completions",
        data=json.dumps(body).encode(),
        headers={
            "Content-Type": "application/json",
            "Authorization": f"Bearer {os.environ.get('PARAPHRASE_KEY', 'none')}",
        },
    )
    with urllib.request.urlopen(request, timeout=SECONDS) as response:  # noqa: S310
        answer = json.load(response)
    content = answer["choices"][0]["message"]["content"]
    return content.strip().strip('"') if isinstance(content, str) else None
