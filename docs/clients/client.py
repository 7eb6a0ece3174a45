#!/usr/bin/env python3
"""A client in Python, standard library only. usage: client.py SOCKET BUNDLE ID

Runs a container, tells of its events, says how it ended, deletes it, and asks once more.
"""
import json
import socket
import sys


class ShimdError(Exception):
    """What the agent refused. name is the key: codes and messages are for people and other languages."""

    def __init__(self, error):
        super().__init__(error["message"])
        self.name = error["data"]["name"]
        self.data = error["data"]


class Shimd:
    """One connection, one request at a time; what comes unasked goes to on_event."""

    def __init__(self, path, on_event=lambda event: None):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(path)
        self._lines = self._socket.makefile("r", encoding="utf-8", newline="\n")
        self._on_event = on_event
        self._last_id = 0

    def call(self, method, **params):
        self._last_id += 1
        request = {"jsonrpc": "2.0", "id": self._last_id, "method": method, "params": params}
        self._socket.sendall(json.dumps(request).encode() + b"\n")
        for line in self._lines:
            message = json.loads(line)
            if message.get("method") == "event":
                self._on_event(message["params"])
            elif message["id"] in (self._last_id, None):  # null: the line as a whole was refused
                if "error" in message:
                    raise ShimdError(message["error"])
                return message["result"]
        raise ConnectionError("the agent has closed the connection")


def main(path, bundle, container):
    shimd = Shimd(path, on_event=lambda event: print("event", event["type"]))
    shimd.call("subscribe", ids=[container])
    shimd.call("run", id=container, bundle=bundle)
    print("exit", shimd.call("wait", id=container)["code"])
    shimd.call("delete", id=container)
    try:
        shimd.call("state", id=container)
    except ShimdError as error:
        print(error.name)


if __name__ == "__main__":
    main(*sys.argv[1:])
