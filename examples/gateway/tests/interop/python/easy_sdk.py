"""The EasySDK from PyPI, unchanged, that connects, sends a message and pings. What it tells goes to
stdout, a JSON object a line; see ../mod.rs for what they mean.

Arguments: WebSocket URL, uid, token, device flag.
"""

import asyncio
import json
import sys

from wukong_easy_sdk import WKIM, AuthOptions, WKIMDeviceFlag, WKIMError, WKIMEvent


def say(event, **besides):
    print(json.dumps({"event": event, **besides}), flush=True)


async def use(client):
    tasks = set()

    def start(coroutine):
        task = asyncio.ensure_future(coroutine)
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    async def ping():
        await client.ping()
        say("ponged")

    was_connected = told = False

    def connected(result):
        nonlocal was_connected
        was_connected = True
        say("connected", reason=result["reasonCode"])
        start(client.send("bob", 1, {"type": 1, "content": "hello 你好 🔑"}))

    def received(message):
        say("received", **{"from": message["fromUid"], "text": message["payload"]["content"]})
        start(ping())

    def disconnected(reason):
        nonlocal told
        if reason["reasonCode"] >= 0:  # below are the SDK's own
            say("kicked", reason=reason["reasonCode"])
            told = True

    def failed(error):
        """Also how a kick ends, and the first connection, which `connect` raises."""
        if was_connected and not told and error.code >= 0:
            say("refused", reason=error.code)

    client.on(WKIMEvent.CONNECT, connected)
    client.on(WKIMEvent.SEND_ACK, lambda ack: say("acknowledged", reason=ack["reasonCode"]))
    client.on(WKIMEvent.MESSAGE, received)
    client.on(WKIMEvent.DISCONNECT, disconnected)
    client.on(WKIMEvent.ERROR, failed)
    try:
        await client.connect()
    except WKIMError as error:
        if error.code >= 0:
            say("refused", reason=error.code)
        else:
            say("failed")
    await end_of_stdin()


async def end_of_stdin():
    """Goes with the test that started it."""
    await asyncio.to_thread(sys.stdin.read)


async def main():
    url, uid, token, device_flag = sys.argv[1:]
    try:
        auth = AuthOptions(uid, token, device_flag=WKIMDeviceFlag(int(device_flag)))
        client = WKIM(url, auth)
    except ValueError:
        say("invalid")
        return await end_of_stdin()
    await use(client)


asyncio.run(main())
