"""usage: idle_connections.py PORT COUNT

Opens COUNT connections to a port of this machine, says so, and holds them until its standard input ends."""

import resource
import socket
import sys

port, count = int(sys.argv[1]), int(sys.argv[2])
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, count + 100), hard))
connections = [socket.create_connection(("127.0.0.1", port)) for _ in range(count)]
print(len(connections), flush=True)
sys.stdin.read()
