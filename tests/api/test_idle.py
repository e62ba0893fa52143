"""Connections that nobody uses are closed by who sends the next request, and not by us in that very moment."""

import socket

import gradio as gr
import httpx2
import pytest

from ui import launch
from ui.serving.uploads import Uploads

KEPT_BY_OTHERS = (httpx2.Limits().keepalive_expiry, 60)  # seconds: Python's programs, nginx in front of us


@pytest.fixture
def start(monkeypatch):
    """Serve a page of nothing; its server."""
    with gr.Blocks() as blocks:
        pass
    monkeypatch.setattr(blocks, "block_thread", lambda: None)

    def started():
        launch.launch(blocks, False, Uploads(), quiet=True, server_name="127.0.0.1", app_kwargs={})
        return blocks.server

    yield started
    blocks.close(verbose=False)


def test_they_stay_longer_than_programs_and_proxies_keep_them(start):
    assert start().config.timeout_keep_alive > max(KEPT_BY_OTHERS)


def test_they_do_not_stay_for_good(start, monkeypatch):
    monkeypatch.setattr(launch, "IDLE", 0.01)
    server = start()
    with socket.create_connection((server.config.host, server.config.port)) as connection:
        connection.sendall(b"HEAD /favicon.ico HTTP/1.1\r\nHost: here\r\n\r\n")
        while connection.recv(4096):
            pass
