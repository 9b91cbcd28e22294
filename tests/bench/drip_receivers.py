"""usage: drip_receivers.py PORT TOKEN APP COUNT

Receivers that drip their answers, a byte a second, and COUNT activations of webhooks that lead to them, all at once, through
the API on a port of this machine. Says so once every receiver has been asked, and goes on until its standard input ends."""

import asyncio
import json
import random
import resource
import sys

PORT, TOKEN, APP, COUNT = int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
asked = 0
all_asked = asyncio.Event()


async def drip(reader, writer):
    global asked
    await reader.readuntil(b"\r\n\r\n")
    asked += 1
    if asked == COUNT:
        all_asked.set()
    try:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        await asyncio.sleep(random.random())  # not all at the same moment
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(1)
    except ConnectionError:
        pass


async def call(method, path, body=b""):
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
    head = (f"{method} /v2/session/apps/{APP}/webhooks{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            f"Authorization: Bearer {TOKEN}\r\nContent-Length: {len(body)}\r\n\r\n")
    writer.write(head.encode() + body)
    answer = await reader.read()
    writer.close()
    return answer.partition(b"\r\n\r\n")[2]


async def activate(receiver):
    wanted = {"url": f"http://127.0.0.1:{receiver}/", "verification_token": "drip", "events": []}
    made = json.loads(await call("POST", "", json.dumps(wanted).encode()))
    await call("POST", f"/{made['webhook']['id']}/activate")


async def main():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4 * COUNT + 100), hard))
    server = await asyncio.start_server(drip, "127.0.0.1", 0, backlog=4096)
    receiver = server.sockets[0].getsockname()[1]
    activations = [asyncio.create_task(activate(receiver)) for _ in range(COUNT)]
    if COUNT:
        await all_asked.wait()
    print(asked, flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    for activation in activations:
        activation.cancel()


asyncio.run(main())
