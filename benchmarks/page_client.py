"""What a visitor's browser sends to the page when a photo is dropped on it."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

import httpx2


class Refused(Exception):
    """The page did not do what was asked; the message says what it said."""

    def __init__(self, answer: httpx2.Response | str):
        said = answer if isinstance(answer, str) else f"{answer.status_code} {answer.text[:120]}"
        super().__init__(said)


@dataclass
class Page:
    """An open tab.

    Args:
        client: whose browser it is in.
        config: what Gradio says of the page's components and events.
    """

    client: httpx2.AsyncClient
    config: dict

    @classmethod
    async def open(cls, client: httpx2.AsyncClient) -> "Page":
        await client.get("")
        return cls(client, (await client.get("config")).json())

    async def describe(self, name: str, content: bytes) -> None:
        """Drop a photo and wait for its captions."""
        [file] = await self._upload([(name, content)])
        await self._event("upload", file)

    async def describe_many(self, photos: list[Path]) -> None:
        """Drop many photos and wait for the last caption."""
        await self._event("many-files", await self._upload([(photo.name, photo.read_bytes()) for photo in photos]))

    async def _upload(self, files: list[tuple[str, bytes]]) -> list[dict]:
        answer = await self.client.post("gradio_api/upload", files=[("files", file) for file in files])
        if answer.status_code != 200:
            raise Refused(answer)
        return [
            {"path": path, "orig_name": name, "size": len(content), "meta": {"_type": "gradio.FileData"}}
            for path, (name, content) in zip(answer.json(), files, strict=True)
        ]

    async def _event(self, element: str, file) -> None:
        """Fire the event of a field that files were put into."""
        components = {each["id"]: each["props"] for each in self.config["components"]}
        [source] = [id for id, props in components.items() if props.get("elem_id") == element]
        [event] = [each for each in self.config["dependencies"] if [source, "upload"] in map(list, each["targets"])]
        values = [file if id == source else components[id].get("value") for id in event["inputs"]]
        session = secrets.token_hex(6)
        body = {"data": values, "fn_index": event["id"], "session_hash": session, "trigger_id": source}
        joined = await self.client.post("gradio_api/queue/join", json=body)
        if joined.status_code != 200:
            raise Refused(joined)
        async with self.client.stream("GET", "gradio_api/queue/data", params={"session_hash": session}) as answer:
            async for line in answer.aiter_lines():
                said = json.loads(line.removeprefix("data: ")) if line.startswith("data: ") else {}
                if said.get("msg") == "process_completed":
                    if not said["success"]:
                        raise Refused(str(said["output"].get("error"))[:120])
                    return
        raise Refused("the connection was closed before the captions came")
