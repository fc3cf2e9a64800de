// What an SDK sees of a WebSocket, over plain TCP: the server's TCP port takes the same frames.
//
// Like a WebSocket it hands out one frame at a time. Given two at once, these SDKs hand the first
// to the application twice: `unpacket` in connect_manager.js does not empty its list in between.

import net from "node:net";

export class TcpSocket {
  constructor(address) {
    const { hostname, port } = new URL(address);
    let received = [];
    this.socket = net.connect(Number(port), hostname);
    this.socket.on("connect", () => this.onopen?.());
    this.socket.on("data", (bytes) => {
      received.push(...bytes);
      for (let len; (len = frameLength(received)) <= received.length; ) {
        this.onmessage?.({ data: Uint8Array.from(received.splice(0, len)).buffer });
      }
    });
    this.socket.on("error", (error) => this.onerror?.(error));
    this.socket.on("close", () => this.onclose?.({}));
  }

  send(data) {
    this.socket.write(new Uint8Array(data));
  }

  close() {
    this.socket.destroy();
  }
}

// How long the first frame is; Infinity where that cannot be told yet.
function frameLength([first, ...rest]) {
  if (first === undefined) return Infinity;
  if (first >> 4 === 7 || first >> 4 === 8) return 1; // PING and PONG have no length
  const digits = rest.findIndex((byte) => byte < 0x80) + 1;
  if (digits === 0) return Infinity;
  const body = rest.slice(0, digits).reduce((sum, digit, i) => sum + (digit & 0x7f) * 128 ** i, 0);
  return 1 + digits + body;
}
